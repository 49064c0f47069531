from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from evalkit.derive.tables.valid import days, has_post, valid_at

DAY = date(2026, 3, 31)
SPANS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(-60, 60), st.one_of(st.none(), st.integers(0, 60))), max_size=8)


def frame(rows: list[tuple[str, int, int | None]]) -> pd.DataFrame:
    return pd.DataFrame({"p": [p for p, _, _ in rows], "valid_from": [DAY + timedelta(n) for _, n, _ in rows],
                         "valid_to": [None if k is None else DAY + timedelta(n + k) for _, n, k in rows]}, columns=["p", "valid_from", "valid_to"])


@given(SPANS)
def test_at_most_one_row_a_person_and_it_holds_on_the_day(rows: list[tuple[str, int, int | None]]) -> None:
    found = valid_at(frame(rows), ["p"], DAY)
    holding = {p for p, n, k in rows if n <= 0 and (k is None or n + k >= 0)}
    assert set(found["p"]) == holding
    assert found["p"].is_unique
    for row in found.itertuples():
        assert row.valid_from == DAY + timedelta(max(n for p, n, k in rows if p == row.p and n <= 0 and (k is None or n + k >= 0)))


@given(SPANS)
def test_nearest_keeps_everybody_once(rows: list[tuple[str, int, int | None]]) -> None:
    found = valid_at(frame(rows), ["p"], DAY, nearest=True)
    assert set(found["p"]) == {p for p, _, _ in rows}
    assert found["p"].is_unique


def test_nearest_prefers_what_holds_then_what_held_then_what_comes_first() -> None:
    rows = frame([("a", -50, 10), ("a", -90, None), ("b", -50, 10), ("b", -30, 5), ("b", 20, None), ("c", 40, None), ("c", 20, None)])
    found = valid_at(rows, ["p"], DAY, nearest=True).set_index("p")["valid_from"]
    assert {p: (d - DAY).days for p, d in found.items()} == {"a": -90, "b": -30, "c": 20}


def test_days_of_every_storage_type() -> None:
    given_days = [date(2026, 1, 2), None]
    for kind in ("object", pd.ArrowDtype(pa.date32()), "datetime64[ns]", pd.ArrowDtype(pa.timestamp("s"))):
        found = days(pd.Series(given_days, dtype=kind))
        assert found.isna().tolist() == [False, True]
        assert found[0] == pd.Timestamp(2026, 1, 2)
    assert days(pd.Series([None, None])).isna().all()


def test_other_posts_are_found_by_their_word() -> None:
    titles = pd.Series(["DOKTER AHLI MUDA", "PERAWAT", "ASISTEN DOKTERAN", None])
    assert has_post(titles, "dokter").tolist() == [True, False, False, False]
    assert has_post(titles, "d(").tolist() == [False] * 4
