"""The machinery of the calibration: the demo city as tables is the generator's, counts go on where they ended, curves are read as drawn."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.inference.intervals import clopper_pearson
from tests.calibration.curves import curves_of, figure, table
from tests.calibration.demo_city import demo, drawn_by_the_generator, gap_within, spread_of
from tests.calibration.registry import Check, Counts, Found, as_row, run


@pytest.mark.parametrize("causes", [{}, {"severity": 0.0, "teams": 0.0}, {"gaps": True}, {"copying": False, "quarters": 3}])
def test_the_city_drawn_as_tables_is_that_of_the_generator(causes: dict[str, object]) -> None:
    for seed in (1, 2):
        ours = demo(np.random.default_rng(seed), employees=400, **causes)  # type: ignore[arg-type]  # causes by name
        theirs = drawn_by_the_generator(np.random.default_rng(seed), employees=400, **causes)  # type: ignore[arg-type]  # causes by name
        assert ours["predikat"].tolist() == theirs
    assert ours["top"].any() and not ours["top"].all()


def test_the_known_chances_are_those_that_come_out() -> None:
    """Without copying, the share of the highest result is the mean chance, for each sex, over many draws."""
    drawn = [demo(np.random.default_rng(s), employees=400, quarters=2, gaps={("sex", "F"): -0.8}, copying=False) for s in range(200)]
    for sex in "FM":
        top, chance = (np.array([d.loc[d["sex"] == sex, c].mean() for d in drawn]) for c in ("top", "chance"))
        assert abs((top - chance).mean()) < 4 * (top - chance).std(ddof=1) / len(drawn) ** 0.5
    gaps = np.array([gap_within(d, "sex", "F", "M") for d in drawn])
    assert gaps.max() < 0


def test_no_severity_is_no_spread_and_97_percent_get_one_word() -> None:
    alike = demo(np.random.default_rng(3), employees=400, severity=0.0, teams=0.0, star=0.025)
    assert spread_of(alike[alike["period"] == alike["period"].max()]) == pytest.approx(0.0, abs=1e-12)
    assert alike["predikat"].eq("baik").mean() == pytest.approx(0.97, abs=0.01)
    apart = demo(np.random.default_rng(3), employees=400, severity=1.0, teams=0.0)
    assert spread_of(apart) > 0.03


def _curve(name: str, effect: float, power: float) -> Check:
    def draw(rng: np.random.Generator) -> Found | None:
        if rng.random() < 0.1:
            return None
        return Found(0.01 if rng.random() < power else 0.5, effect, 2.0 if rng.random() < 0.5 else None)

    return Check(name, "Power curves", "power", "a test", "a design", draw, curve="points")


def test_a_row_made_in_parts_is_the_row_made_at_once() -> None:
    check = _curve("c", 1.5, 0.4)
    whole = run(check, draws=200)
    part = as_row(run(check, draws=70))
    again = run(check, draws=200, before=Counts.of_row(part))
    assert as_row(again) == pytest.approx(as_row(whole), nan_ok=True)
    assert (whole.effect, whole.detectable) == pytest.approx((1.5, 2.0)) and 0 < whole.stated < whole.n < 200
    interval = clopper_pearson(round((whole.rate or 0.0) * whole.n), whole.n, 0.99)
    assert (whole.low, whole.high) == pytest.approx((interval.low, interval.high))


def test_a_curve_is_read_between_its_points() -> None:
    rows = [{"curve": "points", "statistic": "a test", "design": "a design", "n": 500, "rate": rate, "low": rate - 0.05, "high": rate + 0.05,
             "effect": effect, "detectable": printed, "stated": 500} for effect, rate, printed in ((4.0, 1.0, 3.2), (1.0, 0.2, 3.0), (2.0, 0.6, 3.1))]
    curve, = curves_of(rows)
    assert curve.effect.tolist() == [1.0, 2.0, 4.0]
    assert curve.found_at() == pytest.approx(3.0) and curve.printed_near(3.0) == pytest.approx(3.15)
    assert np.isnan(curves_of(rows[1:])[0].found_at())
    assert "| a test | a design | points | 3.00 | 3.15 |" in table(rows)
    assert any("not reached" in line for line in table(rows[1:]))
    assert any(line.endswith("| none |") for line in table([{**r, "stated": 0} for r in rows]))
    assert table([{**rows[0], "curve": ""}]) == []


def test_the_figure_is_the_same_each_time_and_small() -> None:
    rows = [{"curve": "points", "statistic": f"test {k}", "design": "d", "n": 500, "rate": e / 5, "low": e / 6, "high": e / 4, "effect": float(e),
             "detectable": 3.0, "stated": 500} for k in range(4) for e in (1, 2, 3)]
    text = figure(rows)
    assert text == figure(rows) and text.count("MDE") == 4 and "test 3" in text
    assert len(text) < 60_000
    assert "<svg" in figure([])
