"""The linking plan of an office that has vignettes already: its own variances, the same as by mean squares, and said to be so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from evalkit.collect.asked import Asked
from evalkit.collect.forms import make_forms
from evalkit.collect.linking_plan import vignette_plan
from evalkit.collect.workbook import HEADER_ROW
from evalkit.commands.form import plan
from evalkit.derive.own_spread import own_spread
from evalkit.instruments.layout import load_layouts
from evalkit.tables.imports import add
from evalkit.tables.study import Study
from tests.collect.conftest import copy_of
from tests.tables.hand_made import RECEIVED

PERIOD = "2026-Q3"
RATERS = 12
ITEMS = [c.header for c in load_layouts()["formulir-vinyet"].columns if c.role.startswith("item:")]


def answered(study: Study, folder: Path, raters: int) -> pd.DataFrame:
    """Fill in the forms of so many evaluators from known variances; give the mean of each rater on each vignette."""
    rng = np.random.default_rng(3)
    paths, means = [], []
    forms = sorted(p for p in make_forms(Asked(study, PERIOD), "vignettes").folder.glob("*/*.xlsx"))[:raters]
    level = {f"A{k}": 5.2 - 0.7 * k for k in range(1, 7)}
    for path in forms:
        own = rng.normal(0, 0.5)
        book = load_workbook(path)
        sheet = book.worksheets[0]
        at = {c.value: c.column for c in sheet[HEADER_ROW + 1]}
        for row in range(HEADER_ROW + 2, sheet.max_row + 1):
            code = str(sheet.cell(row, at["Vinyet"]).value)
            values = np.clip(np.round(level[code] + own + rng.normal(0, 0.4) + rng.normal(0, 0.6, len(ITEMS))), 1, 5)
            for item, value in zip(ITEMS, values, strict=True):
                sheet.cell(row, at[item]).value = int(value)
            means.append((path.stem, code, float(values.mean())))
        book.save(folder / path.name)
        paths.append(folder / path.name)
    assert not add(study, paths, period=PERIOD, received_at=RECEIVED).refused
    return pd.DataFrame(means, columns=["rater", "vignette", "mean"]).pivot_table("mean", "rater", "vignette")


def by_mean_squares(table: pd.DataFrame) -> tuple[float, float]:
    """Variance between raters, and of raters by vignettes, of a complete table."""
    x = table.to_numpy(float)
    r, v = x.shape
    rest = x - x.mean(axis=1, keepdims=True) - x.mean(axis=0, keepdims=True) + x.mean()
    ms = (rest**2).sum() / ((r - 1) * (v - 1))
    return (v * x.mean(axis=1).var(ddof=1) - ms) / v, ms


@pytest.fixture
def study(town: Path, tmp_path: Path) -> Study:
    return copy_of(town, tmp_path)


def test_the_plan_takes_the_variances_of_the_studys_own_vignettes(study: Study, tmp_path: Path) -> None:
    between, error = by_mean_squares(answered(study, tmp_path, RATERS))
    own = own_spread(study, PERIOD)
    assert own.spread is not None and (own.n_raters, own.n_vignettes, own.period) == (RATERS, 6, PERIOD)
    assert (own.spread.rater, own.spread.rater_vignette) == pytest.approx((between, error), rel=1e-5)
    assert (own.spread.rater_item, own.spread.rest) == (0.0, 0.0)
    six = vignette_plan(own.spread, numbers=(6,)).iloc[0]
    assert six["reliability"] == pytest.approx(between / (between + error / 6), rel=1e-5)
    told = list(plan(Asked(study, PERIOD)))
    assert told[0] == f"Berapa vinyet untuk setiap penilai (sebaran ditaksir dari {RATERS} penilai dan 6 vinyet studi ini, {PERIOD}):"
    row = next(line.split() for line in told if line.split()[:1] == ["6"])
    assert row[1] == f"{six['reliability']:.2f}".replace(".", ",")
    assert any("keandalan satu penilaian 0,50, diandaikan" in line for line in told)


def test_a_few_evaluators_are_no_estimate_and_are_told(study: Study, tmp_path: Path) -> None:
    answered(study, tmp_path, 4)
    own = own_spread(study, PERIOD)
    assert own.spread is None and own.n_raters == 4
    first = next(iter(plan(Asked(replace(study, language="en"), PERIOD))))
    assert "supposed: in 2026-Q3 only 4 evaluators rated 6 vignettes; an estimate needs 10" in first


def test_a_plan_without_people_says_what_to_take_in_first(tmp_path: Path) -> None:
    from tests.tables.hand_made import make_study

    told = list(plan(Asked(make_study(tmp_path), PERIOD)))
    assert "diandaikan, belum ditaksir" in told[0] and told[-1].startswith("Untuk rencana penilaian kedua, masukkan dahulu daftar pegawai")
    assert not any("0,02" in line for line in told)
