"""What a study's own vignettes and double ratings say of the variances that a linking plan otherwise has to suppose."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evalkit.collect.linking_plan import Spread
from evalkit.derive.build import build
from evalkit.derive.context import Context
from evalkit.derive.tables.rated_by_several import plain
from evalkit.derive.tables.ratings import in_window
from evalkit.reliability.generalizability import g_study
from evalkit.tables import store
from evalkit.tables.study import Study

LEAST_RATERS = 10
LEAST_VIGNETTES = 3


@dataclass(frozen=True)
class OwnSpread:
    """Estimates for a linking plan; `spread` and `reliability` are missing where the study cannot tell.

    `n_raters`, `n_vignettes` and `period` tell of the vignettes, `n_pairs` of the people rated twice; 0 and "" where there are none.
    """

    spread: Spread | None = None
    n_raters: int = 0
    n_vignettes: int = 0
    period: str = ""
    reliability: float | None = None
    n_pairs: int = 0


def own_spread(study: Study, period: str) -> OwnSpread:
    """Estimate the variances of a linking plan from what the study has collected up to a period.

    Items are held, as on the page of the bias analysis: the mean over items is one value of a rater on a vignette, so `rater` and
    `rater_vignette` of the spread are those of means, and the other two are 0. The reliability is that of one rating of hasil kerja,
    ICC(1,1) of the blind double ratings.

    Parameters
    ----------
    study : Study
        The study.
    period : str
        The period that is planned; later ratings do not count.

    Returns
    -------
    OwnSpread
        No spread with fewer than 10 raters or 3 vignettes, or where they leave no residual; no reliability with fewer double ratings than
        rung 3 asks for.
    """
    ratings = store.read(study, "ratings")
    if ratings.empty:
        return OwnSpread()
    built = build(study, period, names=["double_agreement"])
    spread, raters, vignettes, last = _of_vignettes(built.context, ratings)
    table = built.table("double_agreement").astype(object)
    rows = table[(table["measure"].eq("icc_1_1") & table["term"].eq("hasil_kerja")).to_numpy(dtype=bool)].to_dict("records") if len(table) else []
    told = next((r for r in rows if r["status"] == "estimated"), None)
    pairs = int(rows[0]["n"]) if rows and pd.notna(rows[0]["n"]) else 0
    return OwnSpread(spread, raters, vignettes, last, None if told is None else min(max(float(told["estimate"]), 0.0), 1.0), pairs)


def _of_vignettes(context: Context, ratings: pd.DataFrame) -> tuple[Spread | None, int, int, str]:
    rows = plain(in_window(context, ratings))
    rows = rows[rows["object_kind"].eq("vignette").to_numpy(dtype=bool)].dropna(subset=["rating"])
    if rows.empty:
        return None, 0, 0, ""
    last = str(rows["period"].max())
    own = rows[rows["period"].eq(last).to_numpy(dtype=bool)]
    own = own[own["instrument"].eq(own["instrument"].value_counts().index[0]).to_numpy(dtype=bool)]
    means = own.groupby(["rater_id", "object_id"])["rating"].mean().reset_index()
    raters, vignettes = int(means["rater_id"].nunique()), int(means["object_id"].nunique())
    if raters < LEAST_RATERS or vignettes < LEAST_VIGNETTES:
        return None, raters, vignettes, last
    study = g_study(means, ("object_id",), object_id="rater_id")
    if study.status != "estimated":
        return None, raters, vignettes, last
    part = study.components.set_index("effect")["variance"].astype(float)
    return Spread(float(part["rater_id"]), float(part["rater_id x object_id"]), 0.0, 0.0), raters, vignettes, last
