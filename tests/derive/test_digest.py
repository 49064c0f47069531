from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from evalkit.derive import digest
from evalkit.derive.digest import code_digest, content_digest, digest_of, display_digest

FRAME = pd.DataFrame({"k": ["b", "a", "c"], "n": [1, 2, 3], "x": [0.5, None, -0.0], "t": ["x", None, "ü"],
                      "d": [date(2026, 1, 2), None, date(2026, 1, 3)], "at": [datetime(2026, 1, 2, 3, 4, 5)] * 3, "y": [True, False, True]})


def test_row_order_index_and_column_order_do_not_matter() -> None:
    turned = FRAME.iloc[[2, 0, 1]][["y", "at", "k", "d", "t", "x", "n"]]
    assert content_digest(turned, ("k",)) == content_digest(FRAME, ("k",))


def test_storage_types_of_one_family_agree() -> None:
    arrow = FRAME.convert_dtypes(dtype_backend="pyarrow").assign(n=FRAME["n"].astype("int8"), t=FRAME["t"].astype("category"))
    assert content_digest(arrow, ("k",)) == content_digest(FRAME, ("k",))


def test_a_round_through_parquet_of_any_shape_agrees(tmp_path: Path) -> None:
    table = pa.Table.from_pandas(FRAME, preserve_index=False)
    for name, options in (("plain", {"compression": "none"}), ("small", {"compression": "zstd", "row_group_size": 1})):
        pq.write_table(table, tmp_path / name, **options)
        assert content_digest(pq.read_table(tmp_path / name).to_pandas(), ("k",)) == content_digest(FRAME, ("k",))


def test_every_value_matters() -> None:
    first = content_digest(FRAME, ("k",))
    changed = [FRAME.assign(n=[1, 2, 4]), FRAME.assign(t=["x", "", "ü"]), FRAME.assign(x=[0.5, 0.0, 0.0]), FRAME.rename(columns={"n": "m"}),
               FRAME.iloc[:2], FRAME.assign(n=FRAME["n"].astype("float64")), FRAME.assign(y=[True, True, True])]
    digests = {content_digest(frame, ("k",)) for frame in changed}
    assert first not in digests
    assert len(digests) == len(changed)


def test_texts_cannot_run_into_one_another() -> None:
    one, two = pd.DataFrame({"a": ["xy", "z"]}), pd.DataFrame({"a": ["x", "yz"]})
    assert content_digest(one, ()) != content_digest(two, ())


def test_nan_is_missing_and_minus_zero_is_zero() -> None:
    one = pd.DataFrame({"x": pd.Series([np.nan, -0.0], dtype="float64")})
    two = pd.DataFrame({"x": pd.Series([None, 0.0], dtype=pd.ArrowDtype(pa.float64()))})
    assert content_digest(one, ()) == content_digest(two, ())


def test_empty_tables_have_a_digest() -> None:
    assert content_digest(pd.DataFrame({"a": pd.Series(dtype="str")}), ("a",)) != content_digest(pd.DataFrame(), ())


@given(st.lists(st.tuples(st.text(max_size=3), st.one_of(st.none(), st.integers(-9, 9))), max_size=12), st.randoms())
def test_any_shuffle_agrees_even_with_equal_keys(rows: list[tuple[str, int | None]], random: object) -> None:
    frame = pd.DataFrame(rows, columns=["k", "n"]).astype({"k": "object", "n": "Int64"})
    shuffled = list(range(len(rows)))
    random.shuffle(shuffled)
    assert content_digest(frame.iloc[shuffled], ("k",)) == content_digest(frame, ("k",))


def test_display_digest_forgets_only_what_is_not_printed() -> None:
    one, two = pd.DataFrame({"k": ["a"], "x": [0.12341], "n": [5]}), pd.DataFrame({"k": ["a"], "x": [0.12344], "n": [5]})
    assert display_digest(one, ("k",), 4) == display_digest(two, ("k",), 4)
    assert display_digest(one, ("k",), 4) != display_digest(two.assign(n=6), ("k",), 4)
    assert two.loc[0, "x"] == 0.12344


def test_code_digest_knows_its_stage_only(tmp_path: Path, monkeypatch: object) -> None:
    package = tmp_path / "evalkit"
    for part in ("scoring/a.py", "raters/b.py", "inference/c.py", "derive/tables/d.py", "report/page.py"):
        (package / part).parent.mkdir(parents=True, exist_ok=True)
        (package / part).write_text("x = 1\n")
    monkeypatch.setattr(digest, "PACKAGE", package)

    def fresh(stage: str) -> str:
        code_digest.cache_clear()
        return code_digest((stage,))

    scoring, raters = fresh("scoring"), fresh("raters")
    (package / "raters/b.py").write_text("x = 2\n")
    (package / "report/page.py").write_text("x = 2\n")
    assert fresh("scoring") == scoring
    assert fresh("raters") != raters
    (package / "inference/c.py").write_text("x = 2\n")
    assert fresh("scoring") != scoring
    code_digest.cache_clear()


def test_code_digest_does_not_know_line_ends(tmp_path: Path, monkeypatch: object) -> None:
    monkeypatch.setattr(digest, "PACKAGE", tmp_path / "evalkit")
    (tmp_path / "evalkit" / "inference").mkdir(parents=True)
    digests = []
    for text in (b"x = 1\n", b"x = 1\r\n"):
        (tmp_path / "evalkit" / "inference" / "a.py").write_bytes(text)
        code_digest.cache_clear()
        digests.append(code_digest(()))
    code_digest.cache_clear()
    assert digests[0] == digests[1]


def test_digest_of_settings_is_canonical() -> None:
    assert digest_of({"a": frozenset({"y", "x"})}) == digest_of({"a": ["x", "y"]})
    assert digest_of({"a": 1}) != digest_of({"a": "1"})
