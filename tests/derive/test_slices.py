"""Cutting once for all readers gives what cutting for each gave, and the same fingerprint."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.derive.build import Built, build
from evalkit.derive.contracts import contract_of
from evalkit.derive.digest import display_digest
from evalkit.derive.reports import REPORTS
from evalkit.derive.slices import Readers, ready, slice_digest, sliced
from evalkit.derive.sources import FrameSource
from evalkit.tables.study import Population, Study
from tests.derive.conftest import ASN, make_frames

PERIOD = "2026-Q3"


def cut_by_hand(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The rule of what a unit may see, written once more, row by row."""
    def may(row: dict[str, object]) -> bool:
        if "scope" in row:
            return row["scope"] in ("city", "group") or (row["scope"] == "unit" and row["scope_id"] == unit)
        return row["opd_id"] == unit if "opd_id" in row else True

    rows = [may(row) for row in frame.astype(object).where(frame.notna(), None).to_dict("records")]
    return frame[np.array(rows, dtype=bool)].reset_index(drop=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("slices")
    study = Study(root=folder / "kota", name="kota", title="Kota", language="id", timezone="Asia/Makassar", vault=folder / "v",
                  reports=folder / "r", seed=7, populations=(Population("asn", "quarter", ASN),), fairness={"attributes": ["sex"]})
    names = {t for declared in (REPORTS["monitor"], REPORTS["evaluation"], REPORTS["annex"]) for t in declared.tables}
    return build(study, PERIOD, names=sorted(names), source=FrameSource(make_frames()))


@pytest.mark.parametrize("unit", ["a", "b", "nowhere"])
def test_every_table_is_cut_and_digested_as_by_hand(built: Built, unit: str) -> None:
    looked = 0
    for name in built.records:
        for without in {frozenset(), *(d.without for d in REPORTS.values() if name in d.tables)}:
            whole = built.table(name)
            right = cut_by_hand(whole, unit)
            pd.testing.assert_frame_equal(sliced(built, name, unit), right)
            kept = right.drop(columns=[c for c in right.columns if c in without])
            key = tuple(k for k in contract_of(name).key if k not in without)
            assert slice_digest(built, name, unit, without, 4) == display_digest(kept, key, 4), name
            whole = whole.drop(columns=[c for c in whole.columns if c in without])
            assert slice_digest(built, name, None, without, 4) == display_digest(whole, key, 4), name
            looked += 1
    assert looked >= 20


@given(st.lists(st.tuples(st.sampled_from(["city", "group", "unit", "post", None]), st.sampled_from(["", "a", "b", None])), max_size=30))
@settings(max_examples=60)
def test_readers_find_the_rows_that_looking_at_each_row_finds(rows: list[tuple[str | None, str | None]]) -> None:
    readers = Readers({"scope": [s for s, _ in rows], "scope_id": [u for _, u in rows]}, len(rows))
    for unit in ("a", "b", "c"):
        right = [i for i, (s, u) in enumerate(rows) if s in ("city", "group") or (s == "unit" and u == unit)]
        assert readers.rows(unit).tolist() == right


def test_a_table_that_names_no_unit_is_for_every_reader() -> None:
    assert Readers({}, 3).rows("a").tolist() == [0, 1, 2]
    assert Readers({"opd_id": ["a", None, "b"]}, 3).rows("a").tolist() == [0]


def test_what_was_made_ready_is_not_read_again(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = REPORTS["evaluation"]
    for name in declared.tables:
        ready(built, name, declared.without, 4)
    monkeypatch.setattr("evalkit.derive.build.read_record", None)
    monkeypatch.setattr("evalkit.derive.slices.arranged", None)
    for name in declared.tables:
        assert len(sliced(built, name, "a")) <= len(built.table(name))
        assert slice_digest(built, name, "a", declared.without, 4) != slice_digest(built, name, "b", declared.without, 4) or len(sliced(
            built, name, "a")) == len(sliced(built, name, "b"))
