"""G studies of nested designs: told or shown by the ratings, the wrong way round, and effects that cannot be told apart."""

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.reliability import g_study

BRENNAN = np.array([  # synthetic data set no. 4, tasks of four raters each: Brennan (2001), Generalizability Theory, table 3.2
    [5, 6, 5, 5, 5, 3, 4, 5, 6, 7, 3, 3], [9, 3, 7, 7, 7, 5, 5, 5, 7, 7, 5, 2], [3, 4, 3, 3, 5, 3, 3, 5, 6, 5, 1, 6],
    [7, 5, 5, 3, 3, 1, 4, 3, 5, 3, 3, 5], [9, 2, 9, 7, 7, 7, 3, 7, 2, 7, 5, 3], [3, 4, 3, 5, 3, 3, 6, 3, 4, 5, 1, 2],
    [7, 3, 7, 7, 7, 5, 5, 7, 5, 5, 5, 4], [5, 8, 5, 7, 7, 5, 5, 4, 3, 2, 1, 1], [9, 9, 8, 8, 6, 6, 6, 5, 5, 8, 1, 1],
    [4, 4, 4, 3, 3, 5, 6, 5, 5, 7, 1, 1]])
PRINTED = [("object_id", 0.4731), ("task", 0.3252), ("object_id x task", 0.5596), ("task x rater_id", 0.6475),
           ("object_id x task x rater_id", 2.3802)]


def marks(names):
    rows = [(p, t, names(t, r), BRENNAN[p, 4 * t + r]) for p in range(10) for t in range(3) for r in range(4)]
    return pd.DataFrame(rows, columns=["object_id", "task", "rater_id", "rating"])


@pytest.mark.parametrize(("names", "nested"), [
    (lambda t, r: r, {"rater_id": "task"}), (lambda t, r: f"{t}.{r}", {"rater_id": "task"}), (lambda t, r: f"{t}.{r}", None)])
def test_raters_within_tasks_as_printed_whether_told_or_shown_by_their_names(names, nested):
    found = g_study(marks(names), ["task", "rater_id"], nested=nested)
    told = found.components[found.components["status"].eq("estimated")]
    assert told["effect"].tolist() == [e for e, _ in PRINTED]
    assert told["variance"].to_numpy() == pytest.approx([v for _, v in PRINTED], abs=5e-5)
    rest = found.components[found.components["status"].ne("estimated")].set_index("effect")["reason"].to_dict()
    assert rest == ({} if nested else {"rater_id": "part_of: task x rater_id", "object_id x rater_id": "part_of_the_residual"})
    row = found.d_study({"task": 3, "rater_id": 4}).iloc[0]
    assert row["generalizability"] == pytest.approx(0.4731 / (0.4731 + 0.5596 / 3 + 2.3802 / 12), abs=1e-4)
    assert row["dependability"] == pytest.approx(0.4731 / (0.4731 + 0.3252 / 3 + 0.5596 / 3 + 0.6475 / 12 + 2.3802 / 12), abs=1e-4)


def test_nesting_the_wrong_way_round_is_told_the_right_one():
    with pytest.raises(EstimationError, match=r"it is \{'rater_id': 'task'\}"):
        g_study(marks(lambda t, r: f"{t}.{r}"), ["task", "rater_id"], nested={"task": "rater_id"})
    with pytest.raises(EstimationError, match="not within each other"):
        g_study(marks(lambda t, r: r).assign(day=1), ["task", "rater_id", "day"], nested={"task": "rater_id", "rater_id": "day", "day": "task"})


@pytest.mark.parametrize("told", [True, False])
def test_raters_of_ones_own_are_case_one_of_shrout_and_fleiss(told):
    """Printed: .17 for one rater, .44 for the mean of four."""
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    rows = pd.DataFrame([(o, j if told else f"{o}.{j}", v) for o, row in enumerate(table) for j, v in enumerate(row)],
                        columns=["object_id", "rater_id", "rating"])
    found = g_study(rows, nested={"rater_id": "object_id"} if told else None)
    assert found.components.query("status == 'estimated'")["effect"].tolist() == ["object_id", "object_id x rater_id"]
    one, four = (found.d_study({"rater_id": n}).iloc[0] for n in (1, 4))
    assert one["generalizability"] == one["dependability"] == pytest.approx(0.1657, abs=5e-5)
    assert four["dependability"] == pytest.approx(0.4428, abs=5e-5)


def test_raters_of_ones_own_with_common_items():
    """Effects p, i, r within p, p x i and the rest: those of the analysis of variance of a balanced design."""
    rng = np.random.default_rng(4)
    p, r, i = np.indices((12, 3, 4))
    y = rng.normal(0, 2, 12)[p] + rng.normal(0, 1.5, (12, 3))[p, r] + rng.normal(0, 0.7, 4)[i] + rng.normal(0, 1, (12, 4))[p, i] \
        + rng.normal(0, 1, p.shape)
    rows = pd.DataFrame({"object_id": p.ravel(), "rater_id": (3 * p + r).ravel(), "item": i.ravel(), "rating": y.ravel()})
    found = g_study(rows).components.query("status == 'estimated'").set_index("effect")["variance"]
    mean = {"p": y.mean((1, 2)), "i": y.mean((0, 1)), "pr": y.mean(2), "pi": y.mean(1)}
    ms_r = 4 * ((mean["pr"] - mean["p"][:, None])**2).sum() / (12 * 2)
    ms_pi = 3 * ((mean["pi"] - mean["p"][:, None] - mean["i"] + y.mean())**2).sum() / (11 * 3)
    ms_e = ((y - mean["pr"][:, :, None] - mean["pi"][:, None] + mean["p"][:, None, None])**2).sum() / (12 * 2 * 3)
    ms_p, ms_i = 12 * ((mean["p"] - y.mean())**2).sum() / 11, 36 * ((mean["i"] - y.mean())**2).sum() / 3
    wanted = {"object_id": (ms_p - ms_r - ms_pi + ms_e) / 12, "item": (ms_i - ms_pi) / 36, "object_id x rater_id": (ms_r - ms_e) / 4,
              "object_id x item": (ms_pi - ms_e) / 3, "object_id x rater_id x item": ms_e}
    assert found.to_dict() == pytest.approx(wanted, rel=1e-4)


def test_two_facets_that_are_one_are_said_and_not_halved():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame([(o, f"r{r}", f"day {r}", 2 * o + r + rng.normal()) for o in range(8) for r in range(4) for _ in range(2)],
                        columns=["object_id", "rater_id", "day", "rating"])
    both, one = g_study(rows, ["rater_id", "day"]).components.set_index("effect"), g_study(rows, ["rater_id"]).components.set_index("effect")
    assert both.loc["rater_id x day", "variance"] == pytest.approx(one.loc["rater_id", "variance"], rel=1e-5)
    for facet in ("rater_id", "day"):
        assert both.loc[facet, ["variance", "status", "reason"]].tolist() == [0, "not_estimable", "part_of: rater_id x day"]
    assert set(both["status"]) <= {"estimated", "boundary", "not_estimable"} and both.loc[both["status"].eq("estimated"), "reason"].eq("").all()


def test_a_variance_of_zero_is_named_by_a_code():
    rows = pd.DataFrame([(o, r, v) for o, row in enumerate([[1, 3], [2, 2], [3, 1], [2, 2]]) for r, v in enumerate(row)],
                        columns=["object_id", "rater_id", "rating"])
    found = g_study(rows).components.set_index("effect")
    assert found.loc["object_id", ["status", "reason"]].tolist() == ["boundary", "variance_of_zero"]


@pytest.mark.parametrize("number", [[5, 10], 2.5, None, "4"])
def test_a_d_study_of_what_is_no_number_is_refused(number):
    with pytest.raises(EstimationError, match="The number of 'rater_id' is a whole number"):
        g_study(marks(lambda t, r: r), ["rater_id"]).d_study({"rater_id": number})


# Snedecor, Cochran (1967), Statistical Methods, p. 286: calcium in turnip greens, four plants, three leaves of each, two samples of a leaf
TURNIPS = pd.DataFrame({"plant": np.repeat(np.arange(4), 6), "leaf": np.tile(np.repeat(np.arange(3), 2), 4),
                        "calcium": [3.28, 3.09, 3.52, 3.48, 2.88, 2.80, 2.46, 2.44, 1.87, 1.92, 2.19, 2.19,
                                    2.77, 2.66, 3.74, 3.44, 2.55, 2.55, 3.78, 3.87, 4.07, 4.12, 3.31, 3.31]})


def test_several_ratings_of_a_cell_tell_its_effect_from_the_error():
    """SAS/STAT, PROC NESTED, example 1; the error was mixed into the leaves, and the plants took what the leaves lost."""
    found = g_study(TURNIPS, ["leaf"], object_id="plant", rating="calcium", nested={"leaf": "plant"})
    assert found.components["effect"].tolist() == ["plant", "plant x leaf", "residual"]
    assert found.components["variance"].tolist() == pytest.approx([0.365223, 0.161060, 0.006654], abs=1e-6)
    assert (100 * found.components["share"]).tolist() == pytest.approx([68.5302, 30.2212, 1.2486], abs=1e-4)
    row = found.d_study({"leaf": 3}).iloc[0]  # a leaf is measured once
    assert row["relative_error"] == row["absolute_error"] == pytest.approx((0.161060 + 0.006654) / 3, abs=1e-6)


def test_crossed_cells_rated_twice_by_the_analysis_of_variance():
    rng = np.random.default_rng(7)
    p, r, _ = np.indices((15, 6, 2))
    y = rng.normal(0, 2, 15)[p] + rng.normal(0, 1, 6)[r] + rng.normal(0, 1.5, (15, 6))[p, r] + rng.normal(0, 0.5, p.shape)
    rows = pd.DataFrame({"object_id": p.ravel(), "rater_id": r.ravel(), "rating": y.ravel()})
    cells = y.mean(axis=2)
    rest = cells - cells.mean(axis=1, keepdims=True) - cells.mean(axis=0) + cells.mean()
    within, both = float(y.var(axis=2, ddof=1).mean()), 2 * float((rest**2).sum()) / (14 * 5)
    wanted = [(12 * cells.mean(axis=1).var(ddof=1) - both) / 12, (30 * cells.mean(axis=0).var(ddof=1) - both) / 30, (both - within) / 2, within]
    assert g_study(rows).components["variance"].tolist() == pytest.approx(wanted, rel=1e-4)


def test_a_row_that_is_there_twice_says_nothing_more():
    rows = marks(lambda t, r: f"{t}.{r}")
    twice = pd.concat([rows, rows.iloc[[5, 40]]])
    found, again = (g_study(r, ["task", "rater_id"]) for r in (rows, twice))
    pd.testing.assert_frame_equal(found.components, again.components)
    assert again.n == 120


def test_objects_within_a_facet_are_said_and_not_called_alike():
    """People of ten classes, or with one superior each: a coefficient of 0, "objects_do_not_differ", stood there."""
    rng = np.random.default_rng(1)
    c, p, i = np.indices((10, 8, 5))
    y = rng.normal(size=10)[c] + rng.normal(0, 1.2, (10, 8))[c, p] + rng.normal(0, 0.7, 5)[i] + rng.normal(0, 0.5, (10, 5))[c, i] \
        + rng.normal(size=c.shape)
    rows = pd.DataFrame({"class": c.ravel(), "object_id": (8 * c + p).ravel(), "item": i.ravel(), "rating": y.ravel()})
    study = g_study(rows, ["class", "item"])
    assert study.d_study({"class": 1, "item": 5}).iloc[0][["status", "reason"]].tolist() == ["not_estimable", "objects_within: class"]
    people, rest = y.mean(axis=2), y - y.mean(axis=2, keepdims=True) - y.mean(axis=1, keepdims=True) + y.mean(axis=(1, 2), keepdims=True)
    squares = 5 * float(((people - people.mean(axis=1, keepdims=True)) ** 2).sum()) / 70, float((rest**2).sum()) / 280
    assert study.components.set_index("effect").loc["object_id x class", "variance"] == pytest.approx((squares[0] - squares[1]) / 5, rel=1e-4)
    across = g_study(rows, ["item"]).d_study({"item": 5}).iloc[0]  # without the facet people are compared over all classes
    assert across["status"] == "estimated" and 0.8 < across["generalizability"] < 1
    with pytest.raises(EstimationError, match="take its levels as the objects"):
        g_study(rows, ["class", "item"], nested={"object_id": "class"})


def test_objects_rated_once_have_no_coefficient():
    rows = pd.DataFrame({"object_id": range(12), "rater_id": list("aaabbbcccddd"), "rating": [3, 4, 5, 2, 2, 3, 5, 4, 5, 1, 2, 3]})
    assert g_study(rows).d_study({"rater_id": 2}).iloc[0][["status", "reason"]].tolist() == ["not_estimable", "no_object_rated_twice"]
