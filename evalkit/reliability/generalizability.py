"""Generalizability theory: how much of a score's variance each facet makes (G study), and what other numbers would give (D study)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.frames import given_numbers, need
from evalkit.inference.mixed_model import MixedModel, mixed_model
from evalkit.inference.mixed_model.solvers import NoResidualError
from evalkit.inference.reading import listed
from evalkit.inference.single_values import mapped
from evalkit.reliability.ratings_table import Matrix

Effect = tuple[str, ...]


@dataclass(frozen=True)
class GStudy:
    """Variance components of a design; `components` has `effect`, `variance`, `share`, `status`, `reason`."""

    components: pd.DataFrame
    object_id: str
    facets: tuple[str, ...]
    nested: dict[str, str]
    n: int
    status: str
    reason: str

    def d_study(self, numbers: Mapping[str, int]) -> pd.DataFrame:
        """Give what a score made with these numbers of levels would be worth.

        ``relative = sum of components with the object over the numbers of their facets``, ``absolute`` takes all but the object's own;
        ``generalizability = s2_object / (s2_object + relative)``, ``dependability = s2_object / (s2_object + absolute)``.

        Parameters
        ----------
        numbers : mapping of str to int
            Levels of each facet a score is made of; of a nested facet the levels within one level above.

        Returns
        -------
        pandas.DataFrame
            One row: the numbers, `relative_error`, `absolute_error` (variances), `generalizability`, `dependability`, `sem_relative`,
            `sem_absolute`, `status`, `reason`.

        Raises
        ------
        EstimationError
            If a facet is missing, unknown or below 1.
        """
        mapped(numbers=numbers)
        if set(numbers) != set(self.facets) or any(v < 1 for v in numbers.values()):
            raise EstimationError(f"A D study needs a number of 1 or more for each of the facets {', '.join(self.facets)}.")
        base = {**{f"n_{f}": int(numbers[f]) for f in self.facets}}
        if self.status != "estimated":
            return pd.DataFrame([{**base, "status": self.status, "reason": self.reason}])
        own, relative, absolute = 0.0, 0.0, 0.0
        for effect, variance in zip(self.components["effect"], self.components["variance"], strict=True):
            parts = effect.split(" x ")
            if parts == [self.object_id]:
                own = float(variance)
                continue
            share = float(variance) / prod(int(numbers[p]) for p in parts if p != self.object_id)
            absolute += share
            relative += share if self.object_id in parts else 0.0
        row = {**base, "relative_error": relative, "absolute_error": absolute, "generalizability": _over(own, relative),
               "dependability": _over(own, absolute), "sem_relative": relative**0.5, "sem_absolute": absolute**0.5, "status": "estimated",
               "reason": "" if own > 0 else "objects_do_not_differ"}
        return pd.DataFrame([row])


def _over(own: float, error: float) -> float:
    return own / (own + error) if own + error > 0 else 0.0


def g_study(ratings: pd.DataFrame, facets: Sequence[str] | None = None, *, object_id: str = "object_id", rating: str = "rating",
            nested: Mapping[str, str] | None = None) -> GStudy:
    """Estimate the variance components of a crossed, nested, balanced or unbalanced design.

    ``rating = mean + object + facets + their interactions``, each a random effect, by restricted maximum likelihood. For balanced data
    with no estimate at zero these are the estimates by mean squares.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row a rating; missing ones are left out.
    facets : sequence of str
        Columns of the facets, one to three; by default those of `rater_id` and `item` that are there.
    object_id, rating : str
        Columns of what is measured, and of the rating.
    nested : mapping of str to str, optional
        Facet to the facet within which its levels stand, as ``{"rater_id": "task"}``.

    Returns
    -------
    GStudy
        With `components` and the method `d_study`. Not estimable: "fewer_than_two_objects", "no_variation", "one_level" (a facet),
        "no_residual" (the effects explain every rating).

    Raises
    ------
    EstimationError
        If a column is absent, there are more than three facets, or nesting is circular or names no facet.

    Notes
    -----
    All facets are random: levels are a sample of many that would do as well. The highest interaction and error are one where there is
    one rating a cell. Source: R. L. Brennan (2001), Generalizability Theory.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": [1, 1, 2, 2, 3, 3, 4, 4], "rater_id": list("abababab"), "rating": [1, 2, 3, 3, 5, 6, 3, 5]})
    >>> g_study(rows).components["effect"].tolist()
    ['object_id', 'rater_id', 'object_id x rater_id']
    """
    listed(facets=facets)
    mapped(nested={} if nested is None else nested)
    inside = dict(nested or {})
    facets = tuple(c for c in ("rater_id", "item") if c in ratings) or ("rater_id",) if facets is None else facets
    _check(ratings, facets, object_id, rating, inside)
    names = (object_id, *facets)
    y = given_numbers(ratings, rating)
    whole = ~np.isnan(y) & ratings[list(names)].notna().all(axis=1).to_numpy(dtype=bool)
    y, rows = y[whole], pd.DataFrame({name: pd.factorize(ratings.loc[whole, name])[0] for name in names})
    for facet, above in inside.items():  # a number that is used again in another task is another rater
        rows[facet] = pd.factorize(rows[facet].astype("int64") * (int(rows[above].max()) + 1 if len(rows) else 1) + rows[above])[0]
    effects = _effects(names, inside)
    terms = [e for e in effects[:-1] if rows.groupby(list(e)).ngroups < len(rows)]
    reason = _why_not(rows, y, object_id, facets) or ("" if terms else "no_residual")
    model = None if reason else _fitted(rows, y, terms)
    if model is None:
        reason = reason or "no_residual"
        frame = pd.DataFrame({"effect": [" x ".join(e) for e in effects], "variance": float("nan"), "share": float("nan"),
                              "status": "not_estimable", "reason": reason})
        return GStudy(frame, object_id, tuple(facets), inside, len(rows), "not_estimable", reason)
    found = model.variances.set_index("factor")
    last = found.loc["residual"]
    lines = []
    for e in effects:
        own = found.loc[f"e{terms.index(e)}"] if e in terms else last if e == effects[-1] else None
        lines.append({"effect": " x ".join(e), "variance": float(str(own["variance"])) if own is not None else 0.0,
                      "status": str(own["status"]) if own is not None else "not_estimable",
                      "reason": str(own["reason"]) if own is not None else "part_of_the_residual"})
    frame = pd.DataFrame(lines)
    total = float(frame["variance"].sum())
    frame.insert(2, "share", frame["variance"] / total if total > 0 else 0.0)
    return GStudy(frame, object_id, tuple(facets), inside, len(rows), "estimated", "")


def _fitted(rows: pd.DataFrame, y: Matrix, terms: Sequence[Effect]) -> MixedModel | None:
    coded = pd.DataFrame({f"e{i}": rows.groupby(list(e)).ngroup() for i, e in enumerate(terms)}).assign(y=y)
    try:
        return mixed_model(coded, "y ~ 1 + " + " + ".join(f"(1 | e{i})" for i in range(len(terms))))
    except NoResidualError:
        return None


def _check(ratings: pd.DataFrame, facets: Sequence[str], object_id: str, rating: str, inside: Mapping[str, str]) -> None:
    need(ratings, object_id, rating, *facets)
    if not 1 <= len(facets) <= 3:
        raise EstimationError("A G study takes one to three facets beside the object.")
    for facet, above in inside.items():
        if facet not in facets or above not in facets or above == facet or inside.get(above) == facet:
            raise EstimationError(f"nested says that {facet!r} stands within {above!r}; both must be facets, and not within each other.")


def _effects(names: Sequence[str], inside: Mapping[str, str]) -> list[Effect]:
    """All effects, smallest first: a nested facet never stands without the one above it."""
    found = [e for size in range(1, len(names) + 1) for e in combinations(names, size)
             if all(inside[f] in e for f in e if f in inside)]
    return sorted(found, key=len)


def _why_not(rows: pd.DataFrame, y: Matrix, object_id: str, facets: Sequence[str]) -> str:
    if not len(rows) or rows[object_id].nunique() < 2:
        return "fewer_than_two_objects"
    if float(np.ptp(y)) == 0:
        return "no_variation"
    return "one_level" if any(rows[f].nunique() < 2 for f in facets) else ""
