"""The crossed mixed model on the examples by which such programs are judged: crossed, nested, and with a covariate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.inference.mixed_model import mixed_model

# Davies, Goldsmith (1972), Statistical Methods in Research and Production, section 6.6: diameters in mm, plates a to x by samples A to F
PENICILLIN = """
272326232321 272326232321 252125242420 262325232320 252226222320 242225232219 242023212219 262226242421
242124222220 242124232219 262326242421 252226242420 262426242522 262326232320 262325242422 252225232320
252124232320 252224232319 242123212119 262326242421 252124222218 252225222220 242124222419 242124222118"""
# the same, section 6.5: percentage strength of pastes, ten batches of three casks, two analyses each
PASTES = """
62.8 62.6 60.1 62.3 62.7 63.1 60.0 61.4 57.5 56.9 61.1 58.9 58.7 57.5 63.9 63.1 65.4 63.7 57.1 56.4 56.9 58.6 64.7 64.5
55.1 55.1 54.7 54.2 58.8 57.5 63.4 64.9 59.3 58.1 60.5 60.0 62.5 62.6 61.0 58.7 56.9 57.7 59.2 59.4 65.2 66.0 64.8 64.1
54.8 54.8 64.0 64.0 57.7 56.8 58.3 59.3 59.2 59.2 58.9 56.6"""
# Belenky and others (2003), Journal of Sleep Research 12, 1-12: reaction times in ms of 18 people on days 0 to 9 of little sleep
SLEEP = """
249.56 258.7047 250.8006 321.4398 356.8519 414.6901 382.2038 290.1486 430.5853 466.3535
222.7339 205.2658 202.9778 204.707 207.7161 215.9618 213.6303 217.7272 224.2957 237.3142
199.0539 194.3322 234.32 232.8416 229.3074 220.4579 235.4208 255.7511 261.0125 247.5153
321.5426 300.4002 283.8565 285.133 285.7973 297.5855 280.2396 318.2613 305.3495 354.0487
287.6079 285 301.8206 320.1153 316.2773 293.3187 290.075 334.8177 293.7469 371.5811
234.8606 242.8118 272.9613 309.7688 317.4629 309.9976 454.1619 346.8311 330.3003 253.8644
283.8424 289.555 276.7693 299.8097 297.171 338.1665 332.0265 348.8399 333.36 362.0428
265.4731 276.2012 243.3647 254.6723 279.0244 284.1912 305.5248 331.5229 335.7469 377.299
241.6083 273.9472 254.4907 270.8021 251.4519 254.6362 245.4523 235.311 235.7541 237.2466
312.3666 313.8058 291.6112 346.1222 365.7324 391.8385 404.2601 416.6923 455.8643 458.9167
236.1032 230.3167 238.9256 254.922 250.7103 269.7744 281.5648 308.102 336.2806 351.6451
256.2968 243.4543 256.2046 255.5271 268.9165 329.7247 379.4445 362.9184 394.4872 389.0527
250.5265 300.0576 269.8939 280.5891 271.8274 304.6336 287.7466 266.5955 321.5418 347.5655
221.6771 298.1939 326.8785 346.8555 348.7402 352.8287 354.4266 360.4326 375.6406 388.5417
271.9235 268.4369 257.2424 277.6566 314.8222 317.2135 298.1353 348.1229 340.28 366.5131
225.264 234.5235 238.9008 240.473 267.5373 344.1937 281.1481 347.5855 365.163 372.2288
269.8804 272.4428 277.8989 281.7895 279.1705 284.512 259.2658 304.6306 350.7807 369.4692
269.4117 273.474 297.5968 310.6316 287.1726 329.6076 334.4818 343.2199 369.1417 364.1236"""


@pytest.fixture(scope="module")
def penicillin() -> pd.DataFrame:
    rows = [[int(plate[i:i + 2]) for i in range(0, 12, 2)] for plate in PENICILLIN.split()]
    return pd.DataFrame([{"plate": f"plate {p}", "sample": "ABCDEF"[s], "diameter": d} for p, row in enumerate(rows) for s, d in enumerate(row)])


@pytest.fixture(scope="module")
def pastes() -> pd.DataFrame:
    return pd.DataFrame([{"batch": "ABCDEFGHIJ"[n // 6], "cask": "abc"[n % 6 // 2], "strength": float(x)} for n, x in enumerate(PASTES.split())])


@pytest.fixture(scope="module")
def sleep() -> pd.DataFrame:
    return pd.DataFrame([{"subject": f"s{n // 10}", "days": n % 10, "reaction": float(x)} for n, x in enumerate(SLEEP.split())])


@pytest.mark.parametrize(("method", "deviance", "error", "plate", "sample", "residual"), [
    ("ML", 332.18834867227616, 0.7445959664728862, 0.845564604484871, 1.770647605995295, 0.5499330872843194),
    ("REML", 330.86058899122156, 0.8085723219702367, 0.8467056820846379, 1.9315555733321477, 0.5499230109588108)])
def test_penicillin_is_crossed(penicillin: pd.DataFrame, method: str, deviance: float, error: float, plate: float, sample: float,
                               residual: float) -> None:
    # tests of the program MixedModels.jl (its test/plstwoscalar.jl); lme4 prints 330.8606, 0.8467, 1.9316, 0.5499
    fit = mixed_model(penicillin, "diameter ~ 1 + (1 | plate) + (1 | sample)", method=method)
    assert fit.deviance == pytest.approx(deviance, abs=1e-6)
    assert fit.fixed["estimate"].tolist() == pytest.approx([22.972222222220246])
    assert fit.fixed["std_error"].iloc[0] == pytest.approx(error, abs=1e-5)
    found = np.sqrt(fit.variances.set_index("factor")["variance"].astype(float))
    assert found[["plate", "sample", "residual"]].tolist() == pytest.approx([plate, sample, residual], abs=2e-5)


@pytest.mark.parametrize("formula", ["strength ~ 1 + (1 | batch/cask)", "strength ~ 1 + (1 | batch) + (1 | both)"])
def test_pastes_are_nested(pastes: pd.DataFrame, formula: str) -> None:
    # MixedModels.jl (its test/pls.jl): objective 247.99446586 at casks 3.5268859 and batches 1.3299228 times the residual
    fit = mixed_model(pastes.assign(both=pastes["batch"] + pastes["cask"]), formula, method="ML")
    assert fit.deviance == pytest.approx(247.99446586325791, abs=1e-6)
    batch, cask, residual = np.sqrt(fit.variances["variance"].astype(float))
    assert [cask / residual, batch / residual] == pytest.approx([3.526885897445589, 1.3299228050484744], abs=2e-4)


def test_profiles_of_penicillin_and_pastes_as_printed(penicillin: pd.DataFrame, pastes: pd.DataFrame) -> None:
    # Bates (2010), lme4: Mixed-effects modeling with R, sections 2.1.2 and 2.2.3: confint(pr02), confint(pr03), read off a spline; NA is 0 here
    plates = mixed_model(penicillin, "diameter ~ 1 + (1 | plate) + (1 | sample)", method="ML").intervals()
    assert plates["conf_low"].tolist() == pytest.approx([0.6335658, 1.0957893, 0.4858454], rel=1e-4)
    assert plates["conf_high"].tolist() == pytest.approx([1.1821040, 3.5562919, 0.6294535], rel=1e-4)
    casks = mixed_model(pastes, "strength ~ 1 + (1 | batch/cask)", method="ML").intervals().set_index("factor")
    casks = casks.loc[["batch:cask", "batch", "residual"]]
    assert casks["conf_low"].tolist() == pytest.approx([2.1579337, 0.0, 0.6520234], rel=1e-4)
    assert casks["conf_high"].tolist() == pytest.approx([4.053589, 2.946591, 1.085448], rel=1e-4)


def test_casks_that_are_not_told_apart_by_batch_are_another_model(pastes: pd.DataFrame) -> None:
    # documentation of the data set pastes in the package HSDS: REML criterion 301.5 where casks a, b, c are taken for the same in each batch
    assert mixed_model(pastes, "strength ~ 1 + (1 | batch) + (1 | cask)").deviance == pytest.approx(301.5, abs=0.05)


def test_pastes_by_the_analysis_of_variance_of_their_book(pastes: pd.DataFrame) -> None:
    # balanced nested data: the variances are linear in the mean squares, a second path without a likelihood
    fit = mixed_model(pastes, "strength ~ 1 + (1 | batch/cask)")
    casks = pastes.groupby(["batch", "cask"])["strength"].mean()
    batches = casks.groupby("batch").mean()
    within = ((pastes["strength"] - pastes.groupby(["batch", "cask"])["strength"].transform("mean")) ** 2).sum() / 30
    between = 2 * ((casks - casks.groupby("batch").transform("mean")) ** 2).sum() / 20
    above = 6 * batches.var(ddof=1)
    assert fit.variances["variance"].tolist() == pytest.approx([(above - between) / 6, (between - within) / 2, within], rel=1e-4)


@pytest.mark.parametrize(("method", "deviance", "errors", "subject", "residual"), [
    ("REML", 1786.465, [9.7467, 0.8042], 1378.18, 960.46), ("ML", 1794.0786, [9.50618, 0.801735], 1296.87, 954.53)])
def test_sleep_with_one_intercept_a_person(sleep: pd.DataFrame, method: str, deviance: float, errors: list[float], subject: float,
                                           residual: float) -> None:
    # printed by lme4 (REML) and by MixedModels.jl (ML) for Reaction ~ Days + (1 | Subject)
    fit = mixed_model(sleep, "reaction ~ days + (1 | subject)", method=method)
    assert fit.deviance == pytest.approx(deviance, abs=6e-4)
    assert fit.fixed["estimate"].tolist() == pytest.approx([251.4051, 10.4673], abs=6e-5)
    assert fit.fixed["std_error"].tolist() == pytest.approx(errors, abs=6e-5 if method == "REML" else 6e-6)
    assert fit.variances["variance"].tolist() == pytest.approx([subject, residual], rel=2e-5)
