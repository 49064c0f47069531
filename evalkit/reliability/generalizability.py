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
from evalkit.inference.mixed_model import NoResidualError, mixed_model
from evalkit.inference.mixed_model.design import same_groups
from evalkit.inference.reading import listed
from evalkit.inference.single_values import mapped, whole_number
from evalkit.reliability.ratings_table import Matrix

Effect = tuple[str, ...]
_PART_OF, _REST = "part_of: ", "part_of_the_residual"
REPEATED: Effect = ("residual",)  # what is left within a cell that was rated more than once


@dataclass(frozen=True)
class GStudy:
    """Variance components of a design.

    `components` has `effect`, `variance`, `share`, `status`, `reason`: "variance_of_zero" at the boundary, "part_of_the_residual", or
    "part_of: " a higher effect that groups the ratings in the same way, whose variance holds both. The highest interaction holds the error
    too; where cells were rated more than once the error has a line of its own, "residual".
    """

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
            Levels of each facet a score is made of; of a nested facet the levels within one level above. Each cell is rated once.

        Returns
        -------
        pandas.DataFrame
            One row: the numbers, `relative_error`, `absolute_error` (variances), `generalizability`, `dependability`, `sem_relative`,
            `sem_absolute`, `status`, `reason`. Not estimable beside what the G study says: "no_object_rated_twice", and "objects_within: " a
            facet of which each object has one level only, as people with one superior each or of one class: what is the object's and what
            the level's is one. Leave that facet out, or take its levels as the objects.

        Raises
        ------
        EstimationError
            If a facet is missing, unknown or below 1.
        """
        mapped(numbers=numbers)
        whole_number(**{f"The number of {facet!r}": number for facet, number in numbers.items()})
        if set(numbers) != set(self.facets) or any(v < 1 for v in numbers.values()):
            raise EstimationError(f"A D study needs a number of 1 or more for each of the facets {', '.join(self.facets)}.")
        base = {**{f"n_{f}": int(numbers[f]) for f in self.facets}}
        status, reason = (self.status, self.reason) if self.status != "estimated" else self._object_alone()
        if status != "estimated":
            return pd.DataFrame([{**base, "status": status, "reason": reason}])
        own, relative, absolute = 0.0, 0.0, 0.0
        for effect, variance in zip(self.components["effect"], self.components["variance"], strict=True):
            parts = effect.split(" x ")
            if parts == [self.object_id]:
                own = float(variance)
                continue
            over = self.facets if tuple(parts) == REPEATED else [p for p in parts if p != self.object_id]
            share = float(variance) / prod(int(numbers[p]) for p in over)
            absolute += share
            relative += share if self.object_id in parts or tuple(parts) == REPEATED else 0.0
        row = {**base, "relative_error": relative, "absolute_error": absolute, "generalizability": _over(own, relative),
               "dependability": _over(own, absolute), "sem_relative": relative**0.5, "sem_absolute": absolute**0.5, "status": "estimated",
               "reason": "" if own > 0 else "objects_do_not_differ"}
        return pd.DataFrame([row])

    def _object_alone(self) -> tuple[str, str]:
        """Say whether the variance of the objects stands for itself, or is one with that of what they stand within."""
        part = str(self.components.set_index("effect").loc[self.object_id, "reason"])
        if part.startswith(_PART_OF):
            return "not_estimable", "objects_within: " + part.removeprefix(f"{_PART_OF}{self.object_id} x ")
        return ("not_estimable", "no_object_rated_twice") if part == _REST else ("estimated", "")


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
        Facet to the facet, or the object, within which its levels stand, as ``{"rater_id": "task"}``. It has to be told where labels come
        again in each level (rater 1 of each task); raters with names of their own are raters within tasks in any case.

    Returns
    -------
    GStudy
        With `components` and the method `d_study`. Not estimable: "fewer_than_two_objects", "no_variation", "one_level" (a facet),
        "no_residual" (the effects explain every rating), "no_object_rated_twice" (every effect is one with the residual).

    Raises
    ------
    EstimationError
        If a column is absent, there are more than three facets, or nesting is circular, the wrong way round or names no facet.

    Notes
    -----
    All facets are random: levels are a sample of many that would do as well. The highest interaction and error are one where there is
    one rating a cell; several ratings of a cell tell them apart, unless they are always equal: then they count once. Source: R. L. Brennan
    (2001), Generalizability Theory.

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
    _check_way(rows, inside, object_id)
    for facet, above in inside.items():  # a number that is used again in another task is another rater
        rows[facet] = pd.factorize(rows[facet].astype("int64") * (int(rows[above].max()) + 1 if len(rows) else 1) + rows[above])[0]
    effects = _effects(names, inside)
    rows, y = _once(rows, y)
    reason = _why_not(rows, y, object_id, facets)
    if reason:
        return _nothing(effects, reason, object_id, facets, inside, len(rows))
    effects = [*effects, REPEATED] if rows.duplicated().any() else effects
    groups = {e: np.arange(len(rows)) if e == REPEATED else np.asarray(rows.groupby(list(e)).ngroup(), dtype=np.intp) for e in effects}
    sizes = {e: int(own.max()) + 1 for e, own in groups.items()}
    part: dict[Effect, str] = {}
    for k, e in enumerate(effects[:-1]):  # of effects that group alike the highest stays: raters with names of their own are raters within tasks
        twin = next((t for t in reversed(effects[k + 1:]) if sizes[t] == sizes[e] and same_groups(groups[t], groups[e], sizes[e])), None)
        if sizes[e] == len(rows) or twin == effects[-1]:
            part[e] = _REST
        elif twin is not None:
            part[e] = f"{_PART_OF}{' x '.join(twin)}"
    terms = [e for e in effects[:-1] if e not in part]
    if not terms:
        return _nothing(effects, "no_object_rated_twice", object_id, facets, inside, len(rows))
    coded = pd.DataFrame({f"e{i}": groups[e] for i, e in enumerate(terms)}).assign(y=y)
    try:
        model = mixed_model(coded, "y ~ 1 + " + " + ".join(f"(1 | e{i})" for i in range(len(terms))))
    except NoResidualError:
        return _nothing(effects, "no_residual", object_id, facets, inside, len(rows))
    found = model.variances.set_index("factor")
    lines = []
    for e in effects:
        own = found.loc["residual" if e == effects[-1] else f"e{terms.index(e)}"] if e not in part else None
        status = "not_estimable" if own is None else str(own["status"])
        lines.append({"effect": " x ".join(e), "variance": 0.0 if own is None else float(str(own["variance"])), "status": status,
                      "reason": part.get(e, "variance_of_zero" if status == "boundary" else "" if own is None else str(own["reason"]))})
    frame = pd.DataFrame(lines)
    total = float(frame["variance"].sum())
    frame.insert(2, "share", frame["variance"] / total if total > 0 else 0.0)
    return GStudy(frame, object_id, tuple(facets), inside, len(rows), "estimated", "")


def _once(rows: pd.DataFrame, y: Matrix) -> tuple[pd.DataFrame, Matrix]:
    """Keep one of the ratings of each cell where those of a cell never differ: a row that is there twice says nothing more."""
    cell = rows.groupby(list(rows.columns)).ngroup().to_numpy()
    apart = pd.Series(y).groupby(cell).agg(["min", "max"])
    if len(apart) == len(y) or not (apart["min"] == apart["max"]).all():
        return rows, y
    first = ~rows.duplicated().to_numpy(dtype=bool)
    return rows[first].reset_index(drop=True), y[first]


def _nothing(effects: list[Effect], reason: str, object_id: str, facets: Sequence[str], inside: dict[str, str], n: int) -> GStudy:
    frame = pd.DataFrame({"effect": [" x ".join(e) for e in effects], "variance": float("nan"), "share": float("nan"),
                          "status": "not_estimable", "reason": reason})
    return GStudy(frame, object_id, tuple(facets), inside, n, "not_estimable", reason)


def _check(ratings: pd.DataFrame, facets: Sequence[str], object_id: str, rating: str, inside: Mapping[str, str]) -> None:
    need(ratings, object_id, rating, *facets)
    if not 1 <= len(facets) <= 3:
        raise EstimationError("A G study takes one to three facets beside the object.")
    for facet, above in inside.items():
        place, seen = above, {facet}
        while place in inside and place not in seen:
            seen.add(place)
            place = inside[place]
        if facet == object_id:
            raise EstimationError(f"nested says that the objects stand within {above!r}: what is theirs and what its levels' is one. Leave it out of "
                                  "the facets, or take its levels as the objects.")
        if facet not in facets or above not in (*facets, object_id) or place in seen:
            raise EstimationError(f"nested says that {facet!r} stands within {above!r}; the first must be a facet, the second another one or the "
                                  "object, and not within each other.")


def _check_way(rows: pd.DataFrame, told: Mapping[str, str], object_id: str) -> None:
    for facet, above in told.items():
        if above == object_id:
            continue  # objects with one rater each, numbered anew, are no slip
        both = len(rows[[facet, above]].drop_duplicates())
        if 1 < rows[facet].nunique() < rows[above].nunique() == both:
            raise EstimationError(f"nested says that {facet!r} stands within {above!r}, but each level of {above!r} occurs in one level of "
                                  f"{facet!r} only: it is {{{above!r}: {facet!r}}}.")


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
