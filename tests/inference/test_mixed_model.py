"""The crossed mixed model: published fits, a second path by the full covariance matrix, known truth, degenerate data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from evalkit.errors import EstimationError
from evalkit.inference.mixed_model import mixed_model, search
from evalkit.inference.mixed_model.formed import worth_forming
from evalkit.inference.mixed_model.formula import read_formula
from evalkit.inference.mixed_model.solvers import Dense

BATCHES = list("AAAAABBBBBCCCCCDDDDDEEEEEFFFFF")
# Davies (1947), as in Bates, Maechler, Bolker, Walker; Dyestuff2 is Box and Tiao (1973), simulated.
DYESTUFF = [1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495, 1595, 1550, 1605, 1510, 1560,
            1445, 1440, 1595, 1465, 1545, 1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445]
DYESTUFF2 = [7.298, 3.846, 2.434, 9.566, 7.990, 5.220, 6.556, 0.608, 11.788, -0.892, 0.110, 10.386, 13.434, 5.510, 8.166,
             2.212, 4.852, 7.092, 9.288, 4.980, 0.282, 9.014, 4.458, 9.446, 7.198, 1.722, 4.782, 8.106, 0.758, 3.758]


def frame_of(y: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"batch": BATCHES, "y": y})


@pytest.mark.parametrize(("method", "deviance", "batch"), [("REML", 319.6543, 1764.05), ("ML", 327.3271, 1388.33)])
def test_dyestuff_is_as_published(method: str, deviance: float, batch: float) -> None:
    # Bates (2010), lme4: Mixed-effects modeling with R, sections 1.3.1 and 1.3.2
    fit = mixed_model(frame_of(DYESTUFF), "y ~ 1 + (1 | batch)", method=method)
    assert fit.deviance == pytest.approx(deviance, abs=6e-5)
    assert fit.variances["variance"].tolist() == pytest.approx([batch, 2451.25], abs=6e-3)
    assert fit.fixed["estimate"].tolist() == pytest.approx([1527.5])
    assert fit.fixed["std_error"].iloc[0] == pytest.approx(19.38 if method == "REML" else 17.69, abs=6e-3)


def test_the_profile_of_dyestuff_is_as_published() -> None:
    # Bates (2010), section 1.5: confint(profile(fm1ML)): .sig01 12.19854 to 84.06289, .sigma 38.22998 to 67.65770
    found = mixed_model(frame_of(DYESTUFF), "y ~ 1 + (1 | batch)", method="ML").intervals().set_index("factor")
    assert found.loc["batch", ["conf_low", "conf_high"]].tolist() == pytest.approx([12.19854, 84.06289], rel=3e-4)
    assert found.loc["residual", ["conf_low", "conf_high"]].tolist() == pytest.approx([38.22998, 67.65770], rel=3e-4)


def test_a_variance_of_zero_is_said_and_its_interval_begins_there() -> None:
    # Bates (2010), section 1.3.4: Dyestuff2 by ML: deviance 162.873, batch 0, residual 13.346
    fit = mixed_model(frame_of(DYESTUFF2), "y ~ 1 + (1 | batch)", method="ML")
    assert fit.deviance == pytest.approx(162.873, abs=6e-4)
    assert fit.singular == ("batch",)
    assert fit.variances.loc[0, "variance"] == 0 and fit.variances.loc[0, "status"] == "boundary" and "boundary" in fit.variances.loc[0, "reason"]
    assert fit.variances.loc[1, "variance"] == pytest.approx(13.346, abs=6e-4)
    for method in ("profile", "bootstrap"):
        row = fit.intervals(method=method, draws=60).set_index("factor").loc["batch"]
        assert row["conf_low"] == 0 < row["conf_high"]
    assert (fit.modes("batch")["mode"] == 0).all()


@pytest.fixture(scope="module")
def insteval(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "insteval.csv.gz")


@pytest.mark.parametrize(("method", "deviance"), [("ML", 237721.76877449), ("REML", 237733.83412752)])
def test_insteval_reaches_the_best_known_deviance(insteval: pd.DataFrame, method: str, deviance: float) -> None:
    # both figures: two independent programs agree on them to 1e-6 (mixedlm 1.3.0 and lme4 to 1e-6)
    fit = mixed_model(insteval, "y ~ 1 + service + (1 | s) + (1 | d) + (1 | dept)", method=method)
    assert fit.deviance is not None and abs(fit.deviance - deviance) < 1e-6
    assert fit.converged and fit.evaluations <= 8
    assert fit.variances["factor"].tolist() == ["s", "d", "dept", "residual"]


def test_estimated_traces_find_the_exact_optimum(insteval: pd.DataFrame) -> None:
    some = insteval[insteval["dept"].isin([1, 2, 3])]
    formula = "y ~ 1 + service + (1 | s) + (1 | d) + (1 | dept)"
    exact, random = mixed_model(some, formula, exact=True), mixed_model(some, formula, exact=False, probes=30)
    assert exact.deviance is not None and random.deviance is not None and random.monte_carlo is not None
    assert 0 <= random.deviance - exact.deviance < 2e-2
    error = random.monte_carlo["relative_error"].to_numpy()[:2]
    away = (random.variances["variance"] / exact.variances["variance"] - 1).abs().to_numpy()[:2]
    assert (away < 5 * np.maximum(error, 1e-4)).all()
    assert random.deviance == mixed_model(some, formula, exact=False, probes=30).deviance


def crossed(seed: int, weights: bool) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 60
    frame = pd.DataFrame({"a": rng.integers(0, 9, n).astype(str), "b": rng.integers(0, 6, n), "c": rng.integers(0, 3, n), "x": rng.normal(size=n)})
    frame["y"] = (0.5 * frame["x"] + rng.normal(size=9)[frame["a"].astype(int)] + 0.7 * rng.normal(size=6)[frame["b"]] + rng.normal(size=n))
    frame["w"] = rng.uniform(0.5, 2.0, n) if weights else 1.0
    return frame


def by_covariance(frame: pd.DataFrame, factors: list[str], method: str) -> tuple[float, np.ndarray]:
    """Minimise minus twice the log-likelihood written with the whole covariance matrix."""
    y, x = frame["y"].to_numpy(), np.column_stack([np.ones(len(frame)), frame["x"]])
    blocks = [(frame[f].to_numpy()[:, None] == frame[f].to_numpy()[None, :]).astype(float) for f in factors]

    def deviance(logs: np.ndarray) -> float:
        v = sum(np.exp(s) * b for s, b in zip(logs[:-1], blocks, strict=True)) + np.exp(logs[-1]) * np.diag(1 / frame["w"].to_numpy())
        inverse = np.linalg.inv(v)
        info = x.T @ inverse @ x
        r = y - x @ np.linalg.solve(info, x.T @ inverse @ y)
        base = np.linalg.slogdet(v)[1] + r @ inverse @ r
        if method == "ML":
            return float(base + len(y) * np.log(2 * np.pi))
        return float(base + np.linalg.slogdet(info)[1] + (len(y) - 2) * np.log(2 * np.pi))

    best = min((minimize(deviance, np.full(len(factors) + 1, s), method="BFGS", options={"gtol": 1e-7}) for s in (-1.0, 0.0)), key=lambda r: r.fun)
    return float(best.fun), np.exp(best.x)


@pytest.mark.parametrize("method", ["ML", "REML"])
@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_whole_covariance_matrix_gives_the_same(method: str, weights: bool, seed: int) -> None:
    frame = crossed(seed, weights)
    fit = mixed_model(frame, "y ~ x + (1 | a) + (1 | b)", method=method, weights="w" if weights else None)
    deviance, variances = by_covariance(frame, ["a", "b"], method)
    assert fit.deviance == pytest.approx(deviance, abs=1e-5)
    assert fit.variances["variance"].tolist() == pytest.approx(variances.tolist(), abs=2e-3)


def test_modes_and_their_errors_follow_from_the_joint_normal() -> None:
    frame = crossed(3, True)
    fit = mixed_model(frame, "y ~ x + (1 | a) + (1 | b)", weights="w")
    va, vb, v = fit.variances["variance"]
    z = {f: pd.get_dummies(frame[f]).astype(float).to_numpy() for f in ("a", "b")}
    cov = va * z["a"] @ z["a"].T + vb * z["b"] @ z["b"].T + v * np.diag(1 / frame["w"])
    residual = frame["y"] - np.column_stack([np.ones(len(frame)), frame["x"]]) @ fit.fixed["estimate"].to_numpy()
    for name, variance in (("a", va), ("b", vb)):
        found = fit.modes(name).assign(level=lambda f: f["level"].astype(str)).set_index("level").loc[sorted(frame[name].astype(str).unique())]
        gain = variance * z[name].T @ np.linalg.inv(cov)
        assert found["mode"].to_numpy() == pytest.approx(gain @ residual.to_numpy(), abs=1e-8)
        spread = variance * np.eye(z[name].shape[1]) - gain @ z[name] * variance
        assert found["std_error"].to_numpy() == pytest.approx(np.sqrt(np.diag(spread)), abs=1e-7)


def test_nested_factors_and_balanced_data_give_the_analysis_of_variance() -> None:
    rng = np.random.default_rng(11)
    frame = pd.DataFrame([(s, c, i) for s in range(12) for c in range(4) for i in range(3)], columns=["school", "class_", "i"])
    frame["y"] = (3 * rng.normal(size=12)[frame["school"]]
                  + 2 * rng.normal(size=48)[frame["school"] * 4 + frame["class_"]] + rng.normal(size=len(frame)))
    fit = mixed_model(frame, "y ~ 1 + (1 | school/class_)").variances.set_index("factor")["variance"]
    cells, schools = frame.groupby(["school", "class_"])["y"], frame.groupby("school")["y"]
    within = cells.var(ddof=1).mean()
    classes = 3 * (cells.mean() - schools.mean().reindex(cells.mean().index, level=0)).pow(2).sum() / 36
    between = 12 * schools.mean().var(ddof=1)
    assert fit.tolist() == pytest.approx([(between - classes) / 12, (classes - within) / 3, within], rel=1e-5)


def test_the_case_of_offices_that_do_not_differ(shared: Path) -> None:
    frame = pd.read_csv(shared / "cases" / "pc24-zero-variance.csv")
    fit = mixed_model(frame, "score ~ trained + (1 | office)")
    assert fit.fixed["estimate"].tolist() == pytest.approx([3.0, 0.35], abs=1e-6)
    assert fit.fixed["std_error"].iloc[1] == pytest.approx(0.1494434118097, abs=1e-6)
    assert fit.variances.loc[0, ["variance", "status"]].tolist() == [0, "boundary"]


def test_profiles_cover_the_truth_and_hold_zero_when_there_is_none() -> None:
    rng = np.random.default_rng(5)
    rater, person = np.repeat(np.arange(15), 8), np.tile(np.arange(8), 15)
    covered, zero = 0, 0
    for _ in range(40):
        base = rng.normal(size=120) + rng.normal(size=8)[person]
        both = [mixed_model(pd.DataFrame({"rater": rater, "person": person, "y": base + s * rng.normal(size=15)[rater]}),
                            "y ~ 1 + (1 | rater) + (1 | person)").intervals("rater").loc[0] for s in (0.6, 0.0)]
        covered += both[0]["conf_low"] <= 0.6 <= both[0]["conf_high"]
        zero += both[1]["conf_low"] == 0
    assert covered >= 34 and zero >= 34  # 38 expected, less three Monte Carlo errors


@pytest.mark.parametrize(("frame", "status"), [
    (pd.DataFrame({"g": ["a", "a", "b", "b"], "y": [2.0] * 4}), "not_estimable"),
    (pd.DataFrame({"g": ["a", "a", "a"], "y": [1.0, 2.0, 4.0]}), "not_estimable"),
    (pd.DataFrame({"g": ["a", "b", "c"], "y": [1.0, 2.0, 4.0]}), "not_estimable"),
    (pd.DataFrame({"g": ["a", "a", "b", None], "y": [1.0, 2.0, 1.5, 9.0]}), "boundary"),
])
def test_degenerate_data_have_a_status_and_a_reason(frame: pd.DataFrame, status: str) -> None:
    fit = mixed_model(frame, "y ~ 1 + (1 | g)")
    assert fit.variances.loc[0, "status"] == status and fit.variances.loc[0, "reason"]
    assert fit.variances["variance"].notna().all() and fit.n + fit.n_dropped == len(frame)
    assert fit.modes("g")["mode"].eq(0).all()


@pytest.mark.parametrize(("formula", "words"), [
    ("y ~ x", "no random intercept"), ("y ~ (x | g)", "no random intercept"), ("y (1 | g)", "'~'"), ("y ~ 1 + (1 | nothing)", "no column"),
    ("y ~ nothing + (1 | g)", "cannot be read"), ("y ~ 1 + (1 | g + h)", "name columns"), ("y ~ 1 + (1 | g/)", "name columns"),
    ("Y ~ x + (1 | g)", "no column 'Y'; did you mean 'y'"), ("y ~ factor(x) + (1 | g)", r"C\(x\) makes classes"), (3, "is a text, such as"),
])
def test_a_formula_that_cannot_be_meant_is_refused(formula: str, words: str) -> None:
    frame = pd.DataFrame({"g": list("aabb"), "y": [1.0, 2.0, 3.0, 5.0], "x": [0.0, 1.0, 0.0, 1.0]})
    with pytest.raises(EstimationError, match=words):
        mixed_model(frame, formula)


def test_who_puts_the_formula_first_is_not_shown_the_frame() -> None:
    with pytest.raises(EstimationError) as told:
        mixed_model("y ~ 1 + (1 | g)", pd.DataFrame({"g": ["Siti"], "y": [1.0]}))  # type: ignore[arg-type]
    assert "Siti" not in str(told.value) and "frame" in str(told.value)


def test_names_with_blanks_stand_in_backquotes() -> None:
    frame = crossed(6, False)
    plain = mixed_model(frame, "y ~ x + (1 | a) + (1 | a:b)")
    odd = mixed_model(frame.rename(columns={"y": "nilai akhir", "x": "masa kerja (th)", "a": "nama/unit", "b": "no. urut"}),
                      "`nilai akhir` ~ `masa kerja (th)` + (1 | `nama/unit`/`no. urut`)")
    assert odd.deviance == pytest.approx(plain.deviance, abs=1e-8)
    assert odd.variances["factor"].tolist() == ["nama/unit", "nama/unit:no. urut", "residual"]
    assert odd.fixed["term"].tolist() == ["Intercept", "masa kerja (th)"]


def test_two_factors_that_group_alike_are_not_given_half_a_variance_each() -> None:
    frame = crossed(8, False).assign(c=lambda f: f["a"].astype(str) + "!")
    one, two = mixed_model(frame, "y ~ 1 + (1 | a) + (1 | b)"), mixed_model(frame, "y ~ 1 + (1 | a) + (1 | b) + (1 | c)")
    assert two.variances.set_index("factor").loc["a", "variance"] == pytest.approx(one.variances.set_index("factor").loc["a", "variance"], rel=1e-6)
    row = two.variances.set_index("factor").loc["c"]
    assert (row["variance"], row["status"]) == (0, "not_estimable") and "as a does" in row["reason"]
    assert two.singular == () and two.deviance == pytest.approx(one.deviance, abs=1e-7)


def test_the_frame_of_the_caller_stays_as_it_was_and_repeated_columns_are_left_out() -> None:
    frame = crossed(4, False).assign(twice=lambda f: 2 * f["x"])
    before = frame.copy()
    fit = mixed_model(frame, "y ~ x + twice + (1 | a)")
    pd.testing.assert_frame_equal(frame, before)
    assert fit.fixed["term"].tolist() == ["Intercept", "x"]


def test_formulas_are_read_as_the_field_writes_them() -> None:
    assert read_formula("y ~ (1|a)").fixed == "y ~ 1"
    assert read_formula("y ~ x + (1 | a:b) + z").factors == (("a", "b"),)


def organisation(units=25, raters=6, people=600, periods=4):
    rng = np.random.default_rng(5)
    unit, parts = rng.integers(0, units, people), []
    rater = unit * raters + rng.integers(0, raters, people)
    for t in range(periods):
        move = (rng.random(people) < 0.3) & (t > 0)
        rater = np.where(move, unit * raters + rng.integers(0, raters, people), rater)
        parts.append(pd.DataFrame({"p": np.arange(people), "r": rater, "t": t}))
    d = pd.concat(parts, ignore_index=True)
    effects = [rng.normal(0, s, n)[d[c]] for s, n, c in ((0.7, people, "p"), (0.5, units * raters, "r"), (0.2, periods, "t"))]
    return d.assign(y=np.sum(effects, axis=0) + rng.normal(0, 0.6, len(d)))


@pytest.mark.parametrize("kept", [1.0, 0.7])  # everybody rated as often, or not
def test_units_whose_raters_seldom_mix_have_their_equations_formed_with_the_same_answer(kept, monkeypatch):
    rows, formula = organisation(), "y ~ 1 + (1 | p) + (1 | r) + (1 | t)"
    rows = rows.sample(frac=kept, random_state=3)
    formed = mixed_model(rows, formula, exact=False)
    assert worth_forming(formed._design) is not None
    monkeypatch.setattr(search, "worth_forming", lambda design: None)
    products = mixed_model(rows, formula, exact=False)
    assert formed.deviance == pytest.approx(products.deviance, abs=1e-6)
    np.testing.assert_allclose(formed.variances["variance"], products.variances["variance"], rtol=1e-6)
    assert formed.deviance == pytest.approx(mixed_model(rows, formula, exact=True).deviance, abs=0.05)


@pytest.mark.parametrize(("spread", "at_zero"), [(0.6, False), (0.0, True)])
@pytest.mark.parametrize("method", ["ML", "REML"])
def test_slopes_estimated_far_from_the_optimum_do_not_move_it(method, spread, at_zero, monkeypatch):
    random = np.random.default_rng(5)
    n = 9000
    p, r, t = random.integers(0, 1500, n), random.integers(0, 700, n), random.integers(0, 30, n)
    y = random.normal(0, 0.9, 1500)[p] + spread * random.normal(size=700)[r] + random.normal(0, 0.3, 30)[t] + random.normal(size=n)
    rows, formula = pd.DataFrame({"y": y, "p": p, "r": r, "t": t}), "y ~ 1 + (1 | p) + (1 | r) + (1 | t)"
    inverses = []
    inverse = Dense.inverse
    monkeypatch.setattr(Dense, "inverse", lambda solver: inverses.append(1) or inverse(solver))
    quick, few = mixed_model(rows, formula, method=method), len(inverses)
    monkeypatch.setattr(search, "FEW_LEVELS", 10_000)
    exact = mixed_model(rows, formula, method=method)
    assert 0 < few < len(inverses) - few
    assert quick.deviance == pytest.approx(exact.deviance, abs=1e-6)
    np.testing.assert_allclose(quick.variances["variance"], exact.variances["variance"], rtol=1e-4)
    assert (quick.variances.set_index("factor").loc["r", "variance"] == 0.0) == at_zero == (spread == 0.0)


def test_the_level_of_the_response_costs_no_digits():
    rows, formula = organisation(), "y ~ 1 + (1 | p) + (1 | r)"
    low, high = mixed_model(rows, formula), mixed_model(rows.assign(y=rows["y"] + 1e5), formula)
    assert high.deviance == pytest.approx(low.deviance, abs=1e-6)
    assert high.fixed.loc[0, "estimate"] - 1e5 == pytest.approx(low.fixed.loc[0, "estimate"], abs=1e-6)


def test_a_mean_alone_is_read_as_the_reader_of_formulas_reads_it():
    rows = organisation(units=3, people=60)
    quick, read = mixed_model(rows, "y ~ 1 + (1 | r)"), mixed_model(rows.assign(one=1.0), "y ~ 0 + one + (1 | r)")
    assert quick.fixed["term"].tolist() == ["Intercept"]
    assert quick.deviance == pytest.approx(read.deviance, abs=1e-9)


def test_the_profile_is_not_led_astray_by_a_spread_of_nothing() -> None:
    # Ten raters who differ, five objects that hardly do: the search at a spread of 0 ends far from the fit, and the next began there.
    rows = [[2.78, 1.71, 2.22, 2.60, 2.17], [3.41, 3.56, 3.53, 3.11, 3.48], [3.95, 3.41, 3.28, 4.17, 3.22], [4.19, 3.96, 3.95, 4.87, 3.39],
            [1.71, 1.82, 1.98, 2.37, 2.18], [2.44, 1.68, 1.04, 2.22, 1.84], [3.40, 3.16, 2.48, 3.11, 2.54], [2.45, 3.07, 3.00, 3.22, 3.17],
            [2.56, 2.75, 2.70, 2.82, 2.60], [1.27, 1.92, 1.46, 2.47, 1.51]]
    y = np.array(rows)
    frame = pd.DataFrame({"y": y.ravel(), "r": np.repeat(np.arange(10), 5), "o": np.tile(np.arange(5), 10)})
    own = mixed_model(frame, "y ~ 1 + (1 | o) + (1 | r)").intervals("r").iloc[0]

    def least(sd: float) -> float:  # of balanced data: four independent parts, each with a variance of its own
        total = y.mean()
        by_rater, by_object = y.mean(axis=1) - total, y.mean(axis=0) - total
        rest = y - total - by_rater[:, None] - by_object
        squares = 5 * (by_rater**2).sum(), 10 * (by_object**2).sum(), (rest**2).sum()

        def deviance(logs: np.ndarray) -> float:
            noise, objects = np.exp(logs)
            raters, apart = noise + 5 * sd**2, noise + 10 * objects
            return float(9 * np.log(raters) + 4 * np.log(apart) + 36 * np.log(noise)
                         + squares[0] / raters + squares[1] / apart + squares[2] / noise)
        return min(float(minimize(deviance, [a, b], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000}).fun)
                   for a in (-2.0, 0.0) for b in (-3.0, -1.0))

    best = min(least(sd) for sd in np.linspace(own["sd"] - 1e-3, own["sd"] + 1e-3, 5))
    for end in ("conf_low", "conf_high"):
        assert least(float(own[end])) - best == pytest.approx(1.959964**2, abs=2e-3)
