"""The shelf: every file loads, every fact has its place and its mark, and a broken file is told."""

from datetime import date

import pytest

from evalkit.errors import InstrumentError
from evalkit.instruments import catalog
from evalkit.instruments.catalog import load, names, parse
from evalkit.instruments.instrument import MARKS

GOOD = """
name = "x"
family = "regulation"
regime = "numeric"
title = "X"
title_en = "X"
[[facts]]
article = "Pasal 1"
sources = ["S1"]
mark = "confirmed"
[facts.values]
"a.b" = 1
"""


@pytest.mark.parametrize("name", names())
def test_every_instrument_has_place_source_and_mark(name):
    instrument = load(name)
    for fact in instrument.facts():
        assert fact.article and fact.mark in MARKS
        assert fact.sources or fact.mark in ("derived", "unconfirmed")
    for base in instrument.based_on:
        assert base.name in names()


@pytest.mark.parametrize("name", [
    "permenpanrb-6-2022", "se-menpanrb-3-2023", "pp-30-2019", "permenpanrb-8-2021", "perdirjen-gtk-7607-2023", "permenpanrb-1-2023",
    "bkn-3-2023", "permendiknas-35-2010", "pk-guru-14", "pk-guru-17", "formulir-360", "ekinerja-2022-2024"])
def test_the_shelf_holds(name):
    assert load(name).name == name


def test_berakhlak_has_seven_values_with_three_anchors_each():
    items = load("formulir-360").items
    assert [len(item.anchors) for item in items] == [3] * 7
    assert [len(item.anchors_en) for item in items] == [3] * 7
    assert [item.key for item in items if item.confirmed] == ["berorientasi_pelayanan", "akuntabel"]


@pytest.mark.parametrize(("name", "groups"), [
    ("pk-guru-14", {"Pedagogik": 7, "Kepribadian": 3, "Sosial": 2, "Profesional": 2}),
    ("pk-guru-17", {"Pedagogik": 3, "Kepribadian": 4, "Sosial": 3, "Profesional": 7})])
def test_pk_guru_competencies(name, groups):
    items = load(name).items
    assert {g: sum(i.group == g for i in items) for g in groups} == groups
    assert len(items) == load(name).value("items") == sum(groups.values())
    assert len({i.key for i in items}) == len(items)


def test_a_rule_falls_back_on_the_rule_it_is_based_on():
    teacher = load("perdirjen-gtk-7607-2023")
    assert teacher.fact("quadrant.sesuai.sesuai").instrument == "permenpanrb-6-2022"
    assert teacher.value("cycles.periodic") == ("semester", "year")


def test_in_force_includes_first_and_last_day():
    rule = load("permenpanrb-8-2021")
    days = [date(2021, 6, 30), date(2021, 7, 1), date(2021, 12, 31), date(2022, 1, 1)]
    assert [rule.applies_on(day) for day in days] == [False, True, True, False]


def test_no_value_can_be_changed():
    fact = load("pp-30-2019").fact("bands.baik")
    with pytest.raises(TypeError):
        fact.value["low"] = 80


def test_unknown_name_names_the_nearest():
    with pytest.raises(InstrumentError, match="do you mean 'permenpanrb-6-2022'"):
        load("permenpanrb-6-2023")
    with pytest.raises(InstrumentError, match="says nothing about"):
        load("pp-30-2019").fact("bands.excellent")
    with pytest.raises(InstrumentError, match="has no item"):
        load("formulir-360").item("ramah")


def test_good_text_is_read():
    assert parse("x", GOOD).value("a.b") == 1


@pytest.mark.parametrize(("old", "new", "message"), [
    ('name = "x"', 'name = "y"', "'name'"),
    ('regime = "numeric"', 'regime = "mixed"', "'regime'"),
    ('regime = "numeric"', 'regime = "numeric"\nweight = 1', "unknown key 'weight'"),
    ('mark = "confirmed"', 'mark = "sure"', "mark 'sure'"),
    ('sources = ["S1"]', 'sources = ["S999"]', "S999"),
    ('sources = ["S1"]', "sources = []", "needs a source"),
    ('article = "Pasal 1"', 'article = ""', "without 'article'"),
    ('title = "X"', "", "lacks 'title'"),
    ('[[facts]]', 'in_force = { from = "2022" }\n[[facts]]', "2022-01-31"),
    ('[[facts]]', '[[items]]\nkey = "a"\n[[facts]]', "item without"),
    ("name = ", "name == ", "is not TOML")])
def test_a_broken_file_is_told(old, new, message):
    with pytest.raises(InstrumentError, match=message):
        parse("x", GOOD.replace(old, new, 1))


def test_a_fact_may_not_stand_twice():
    with pytest.raises(InstrumentError, match="twice"):
        parse("x", GOOD + GOOD[GOOD.index("[[facts]]"):])


def test_sources_have_a_grade():
    assert {source.grade for source in catalog.sources().values()} <= set("PONBK")
