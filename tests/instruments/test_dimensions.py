"""Dimension maps are data of the instrument; a study may choose its own."""

import pytest

from evalkit.errors import InstrumentError
from evalkit.instruments.catalog import load, names
from evalkit.instruments.dimensions import TABLE_SOURCES, dimensions
from evalkit.tables.schema import TABLES


@pytest.mark.parametrize("name", names())
def test_every_map_can_be_read(name):
    found = dimensions(load(name))
    assert [d.name for d in found][:3] == ["productivity", "integrity", "commitment"]
    assert {s.table for d in found for s in d.sources} <= set(TABLES)


def test_integrity_and_commitment_are_not_read_from_the_two_ratings():
    found = {d.name: {s.kind for s in d.sources} for d in dimensions(load("permenpanrb-6-2022"))}
    assert "rating" in found["productivity"]
    assert "rating" not in found["integrity"] | found["commitment"]


def test_a_study_replaces_a_dimension_and_adds_one():
    found = dimensions(load("permenpanrb-6-2022"), {"integrity": ["discipline"], "teamwork": ["kolaboratif"]})
    assert [(d.name, [s.name for s in d.sources]) for d in found][1::2] == [("integrity", ["discipline"]), ("teamwork", ["kolaboratif"])]


def test_a_dimension_may_be_left_unmeasured():
    assert dimensions(load("formulir-360"))[0].sources == ()


def test_unknown_source_is_told():
    with pytest.raises(InstrumentError, match="'kejujuran' is unknown"):
        dimensions(load("permenpanrb-6-2022"), {"integrity": ["kejujuran"]})


@pytest.mark.parametrize("word", TABLE_SOURCES)
def test_table_sources_are_their_own_kind(word):
    found = dimensions(load("permenpanrb-6-2022"), {"productivity": [word]})[0].sources[0]
    assert (found.kind, found.table) == (word, word)
