"""The mixed model on examples of the manual and the book of SAS, to every digit that is printed there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.inference import mixed_model
from tests.reliability.test_nested_designs import TURNIPS

HEIGHTS = pd.DataFrame({"family": list("111112222223344444"), "gender": list("FFFMMFFFMMMFMFFMMM"),
                        "height": [67.0, 66, 64, 71, 72, 63, 63, 67, 69, 68, 70, 63, 64, 67, 66, 67, 67, 69]})
# W. Mendenhall and others (1990), Mathematical Statistics with Applications, exercise 13.36: seven ingots, bonds of nickel, iron, copper
BONDS = pd.DataFrame({"ingot": np.repeat(np.arange(7), 3), "metal": np.tile(list("nic"), 7),
                      "pressure": [67.0, 71.9, 72.2, 67.5, 68.8, 66.4, 76.0, 82.6, 74.5, 72.7, 78.1, 67.3, 73.1, 74.2, 73.2,
                                   65.8, 70.8, 68.7, 75.6, 84.9, 69.0]})


def test_heights_of_families():
    """SAS/STAT, PROC MIXED, getting started (and PROC HPMIXED, example 2): men and women of four families; -2 Res Log Like 71.02245869."""
    fit = mixed_model(HEIGHTS, "height ~ gender + (1 | family) + (1 | family:gender)")
    assert fit.deviance == pytest.approx(71.02245869, abs=6e-9)
    assert fit.variances["variance"].round(4).tolist() == [2.4010, 1.7657, 2.1668]
    assert fit.fixed["statistic"].iloc[1] == pytest.approx(2.82, abs=0.005)


def test_bonds_of_ingots():
    """R. Littell and others (1996), SAS System for Mixed Models, output 1.1; as lme in R prints it, standard deviations 3.3835 and 3.2205."""
    fit = mixed_model(BONDS, "pressure ~ 0 + metal + (1 | ingot)")
    assert fit.variances["sd"].round(4).tolist() == [3.3835, 3.2205]
    assert fit.fixed["estimate"].round(4).tolist() == [70.1857, 75.9, 71.1]
    assert fit.deviance == pytest.approx(mixed_model(BONDS, "pressure ~ metal + (1 | ingot)").deviance, abs=1e-8)  # by any coding of the metals


def test_turnips_by_proc_nested():
    fit = mixed_model(TURNIPS, "calcium ~ 1 + (1 | plant/leaf)")
    assert fit.variances["variance"].tolist() == pytest.approx([0.365223, 0.161060, 0.006654], abs=1e-6)
    assert fit.fixed["estimate"].iloc[0] == pytest.approx(3.012083, abs=1e-6)
