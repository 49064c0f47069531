"""Connected or not: by hand, and against the rank of the written-out design."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import EstimationError
from evalkit.raters.connectedness import components_within, connectedness


def frame(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["rater_id", "object_id", "item"][: len(rows[0]) if rows else 3])


def design(ratings: pd.DataFrame, columns: list[str]) -> np.ndarray:
    return np.hstack([pd.get_dummies(ratings[c]).to_numpy(dtype=float) for c in columns])


def test_one_superior_each_is_as_many_pieces_as_superiors():
    found = connectedness(frame([("a", 1), ("a", 2), ("b", 3), ("b", 4), ("c", 5)]))
    assert (found.n_components, found.lacking, found.median_span) == (3, 2, 2.0)
    assert found.share_connected == pytest.approx(1 / 3)


def test_a_shared_item_makes_no_link():
    """The graph over raters, objects and the item is one piece; the raters cannot be compared."""
    found = connectedness(frame([("a", 1, "x"), ("a", 2, "x"), ("b", 3, "x"), ("b", 4, "x")]))
    assert found.n_components == 2
    assert found.lacking == 1


def test_one_shared_object_links():
    found = connectedness(frame([("a", 1, "x"), ("a", 2, "x"), ("b", 2, "x"), ("b", 4, "x")]))
    assert (found.n_components, found.lacking, found.share_connected) == (1, 0, 1.0)


def test_a_connected_graph_whose_raters_stand_on_their_own_items():
    """Both raters rate both objects, each on an item of her own: rater and item cannot be told apart, the rank says so."""
    found = connectedness(frame([("a", 1, "x"), ("a", 2, "x"), ("b", 1, "y"), ("b", 2, "y")]))
    assert found.n_components == 1
    assert found.lacking == 1


def test_rater_components_are_listed_largest_first():
    found = connectedness(frame([("z", 9), ("a", 1), ("b", 1), ("b", 2)]))
    assert found.raters.set_index("rater_id")["component"].to_dict() == {"z": 1, "a": 0, "b": 0}
    assert found.raters.set_index("rater_id")["n_objects"].to_dict() == {"z": 1, "a": 1, "b": 2}


rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=25)


@settings(max_examples=200, deadline=None)
@given(rows)
def test_rank_agrees_with_the_matrix_written_out(rows):
    ratings = frame(rows)
    found = connectedness(ratings)
    assert found.rank == np.linalg.matrix_rank(design(ratings, ["rater_id", "object_id", "item"]))
    graph = connectedness(ratings, item=None)
    n_columns = ratings["rater_id"].nunique() + ratings["object_id"].nunique()
    assert n_columns - graph.n_components == np.linalg.matrix_rank(design(ratings, ["rater_id", "object_id"]))


def test_scopes_are_separate():
    ratings = pd.DataFrame({"opd_id": ["u", "u", "u", "v", "v", None], "rater_id": list("abcaba"), "object_id": [1, 1, 2, 3, 4, 1]})
    found = components_within(ratings, "opd_id").set_index("opd_id")
    assert found.loc["u", ["n_raters", "n_components"]].tolist() == [3, 2]
    assert found.loc["u", "share_connected"] == pytest.approx(2 / 3)
    assert found.loc["v", "share_connected"] == 0.5


def test_no_ratings_and_missing_columns():
    nothing = connectedness(frame([]))
    assert (nothing.n_raters, nothing.n_components, nothing.share_connected, nothing.lacking) == (0, 0, 0.0, 0)
    assert len(components_within(pd.DataFrame({"u": [], "rater_id": [], "object_id": []}), "u")) == 0
    with pytest.raises(EstimationError, match="object_id"):
        connectedness(pd.DataFrame({"rater_id": ["a"]}))


def test_large_and_arrow_backed():
    rng = np.random.default_rng(1)
    ratings = pd.DataFrame({"rater_id": rng.integers(0, 3000, 70_000).astype(str), "object_id": rng.integers(0, 1100, 70_000).astype(str),
                            "item": rng.integers(0, 5, 70_000).astype(str)}).convert_dtypes(dtype_backend="pyarrow")
    found = connectedness(ratings)
    assert found.lacking == 0
    assert found.share_connected == 1.0
