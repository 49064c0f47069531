"""The example of the manual of FACETS: three judges rate the creativity of seven scientists on five traits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.raters import ManyFacetRasch, many_facet_rasch

# J.P. Guilford (1954), Psychometric Methods, 2nd edition, p. 282: a line a judge, five digits a scientist
GUILFORD = {"Avogadro": "55353 97585 33371 73133 97785 35351 77555", "Brahe": "65463 87572 45366 56455 24323 44642 33554",
            "Cavendish": "55573 77575 35555 53331 97777 33353 77757"}
SCIENTISTS = ("Anne", "Betty", "Chris", "David", "Edward", "Fred", "George")


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    return pd.DataFrame([{"judge": judge, "scientist": who, "trait": t, "rating": int(x)} for judge, line in GUILFORD.items()
                         for who, five in zip(SCIENTISTS, line.split(), strict=True) for t, x in enumerate(five)])


@pytest.fixture(scope="module")
def model(ratings: pd.DataFrame) -> ManyFacetRasch:
    return many_facet_rasch(ratings, ["scientist", "judge", "trait"], positive=["scientist"], floating="judge", categories=(1, 9), tolerance=1e-9)


def test_the_bias_of_judge_by_scientist_fully_converged(model: ManyFacetRasch) -> None:
    # FACETS prints 41.6 on 21 degrees of freedom where it stops (score residual 0.5); carried on until nothing moves it is 42.80
    cells, test = model.interaction("judge", "scientist")
    assert test["df"] == 21
    assert test["chi_square"] == pytest.approx(42.80, abs=0.005)
    assert abs(test["chi_square"] - 41.6) < 1.3
    # the analysis turns on one cell: Brahe gave Edward 9 points above the lowest category, the other judges 31 and 32
    worst = cells.iloc[int(np.abs(cells["t"].to_numpy(dtype=float)).argmax())]
    assert (worst["judge"], worst["scientist"], worst["observed"]) == ("Brahe", "Edward", 9)


def test_scores_are_met_at_the_estimates(model: ManyFacetRasch, ratings: pd.DataFrame) -> None:
    # what makes an estimate a maximum: each expected score equals the observed one, each category as often as observed
    expected = model.expected()
    for facet in ("judge", "scientist", "trait"):
        assert expected.groupby(facet)["expected"].sum().tolist() == pytest.approx(ratings.groupby(facet)["rating"].sum().tolist(), abs=1e-6)


def test_measures_by_a_second_path(model: ManyFacetRasch, ratings: pd.DataFrame) -> None:
    from scipy.optimize import minimize

    codes = [ratings[c].astype("category").cat.codes.to_numpy() for c in ("scientist", "judge", "trait")]
    y = ratings["rating"].to_numpy() - 1

    def parts(free: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        people, judges, traits, steps = np.split(free, [6, 9, 13])
        return np.append(people, -people.sum()), judges, np.append(traits, -traits.sum()), np.append(steps, -steps.sum())

    def minus_log(free: np.ndarray) -> float:
        people, judges, traits, steps = parts(free)
        eta = people[codes[0]] - judges[codes[1]] - traits[codes[2]]
        logits = np.arange(9) * eta[:, None] - np.append(0, np.cumsum(steps))
        return float((np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(y)), y]).sum())

    best = minimize(minus_log, np.zeros(20), method="BFGS", options={"gtol": 1e-6})
    people, judges, _, steps = parts(best.x)
    found = model.measures.set_index(["facet", "level"])["measure"]
    assert found.loc["scientist"].tolist() == pytest.approx(people, abs=1e-4)
    assert found.loc["judge"].tolist() == pytest.approx(judges, abs=1e-4)
    assert model.thresholds["threshold"].dropna().tolist() == pytest.approx(steps, abs=1e-4)
