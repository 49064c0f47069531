"""Check what a caller hands over, and code it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.frames import given_numbers, need
from evalkit.inference.reading import given, listed, numbers
from evalkit.inference.single_values import ends, mapped, word
from evalkit.raters.many_facet_rasch.design import Coded, code

MOST_CATEGORIES = 30

Anchors = Mapping[str, Mapping[object, float]]


_LARGEST = 1e9  # of a category's number


@dataclass(frozen=True)
class Asked:
    """A request, checked: coded complete rows, declared categories, signs, the facet with steps of its own."""

    facets: tuple[str, ...]
    coded: Coded
    lowest: int
    highest: int
    signs: tuple[float, ...]
    steps: int | None
    n_left_out: int
    complete: NDArray[np.bool_]

    @property
    def empty(self) -> bool:
        """Whether nothing is left to fit: no complete row, or none with a weight above 0."""
        return not len(self.coded.x) or (self.coded.weight is not None and not self.coded.weight.any())


def usual_facets(ratings: pd.DataFrame, facets: Sequence[str] | None = None) -> tuple[str, ...]:
    """Give the facets that were asked, else those that a frame of ratings has: objects, and those of raters and items that are there."""
    listed(facets=facets)
    if facets is not None:
        return tuple(facets)
    need(ratings)
    return ("object_id", *(tuple(c for c in ("rater_id", "item") if c in ratings) or ("rater_id",)))


def asked(ratings: pd.DataFrame, facets: Sequence[str], rating: str, positive: Sequence[str], steps: str | None,
          categories: tuple[int, int] | None, weight: str | None, anchors: Anchors | None) -> Asked:
    """Check the arguments and code the rows that have every facet, a rating and a weight."""
    listed(facets=facets, positive=positive)
    word(rating=rating, steps=steps, weight=weight)
    if anchors is not None:
        mapped(anchors=anchors)
        mapped(**{f"anchors[{name!r}]": held for name, held in anchors.items()})
    facets = tuple(facets)
    if len(facets) < 2 or len(set(facets)) != len(facets):
        raise EstimationError(f"A many-facet model needs two or more different facets; given were {', '.join(map(str, facets)) or 'none'}.")
    wanted = [*facets, rating, *([weight] if weight else [])]
    need(ratings, *wanted)
    for name, group in (("positive", positive), ("anchors", tuple(anchors or ())), ("steps", (steps,) if steps else ())):
        unknown = [f for f in group if f not in facets]
        if unknown:
            raise EstimationError(f"{name} names {unknown[0]!r}, which is none of the facets {', '.join(map(str, facets))}.")
    complete = np.ones(len(ratings), dtype=bool)
    for column in dict.fromkeys((*facets, rating)):
        complete &= given(ratings[column]) if column == rating else ratings[column].notna().to_numpy(dtype=bool)
    w = None
    if weight:
        w = given_numbers(ratings, weight)
        complete &= ~np.isnan(w)
        w = w[complete]
        if len(w) and float(w.min()) < 0:
            raise EstimationError(f"Column {weight!r} holds weights that are negative.")
    rows = ratings if complete.all() else ratings[complete]
    values = rows[rating].to_numpy()
    if values.dtype.kind not in "iu":
        read = given_numbers(ratings, rating)
        broken = np.flatnonzero(complete & ((read != np.round(read)) | (np.abs(read) > _LARGEST)))
        if len(broken):
            raise EstimationError(f"Column {rating!r}, row {broken[0] + 1}: {read[broken[0]]:g} is no whole number of a category; "
                                  "number the categories first (half points and decimals: by evalkit.raters.whole_categories).")
        values = read[complete].astype(np.int64)
    low, high = _ends(categories) or ((int(values.min()), int(values.max())) if len(values) else (0, 0))
    if len(values) and (int(values.min()) < low or int(values.max()) > high):
        raise EstimationError(f"Column {rating!r} holds ratings outside the declared categories {low} to {high}.")
    if high - low >= MOST_CATEGORIES:
        raise EstimationError(f"Ratings from {low} to {high} are more than {MOST_CATEGORIES} categories; join neighbouring ones first.")
    coded = [code(rows[f]) for f in facets]
    return Asked(facets, Coded(tuple(c for c, _ in coded), tuple(v for _, v in coded), (values - low).astype(np.uint8), w), low, high,
                 tuple(1.0 if f in positive else -1.0 for f in facets), facets.index(steps) if steps else None, int((~complete).sum()), complete)


def _ends(categories: Sequence[float] | None) -> tuple[int, int] | None:
    if categories is None:
        return None
    low, high = ends(categories, "categories")
    if low != round(low) or high != round(high):
        raise EstimationError("categories are whole numbers, the lowest and the highest of the form, as (1, 5).")
    return int(low), int(high)


def anchored(a: Asked, kept: Sequence[NDArray[np.intp]], anchors: Anchors | None) -> tuple[list[NDArray[np.bool_]], list[NDArray[np.float64]]]:
    """Give, a facet, which levels that take part are held, and where (with the sign of the model's sum)."""
    held, where = [], []
    for f, name in enumerate(a.facets):
        levels = a.coded.levels[f][kept[f]]
        given = dict((anchors or {}).get(name, {}))
        if given and not a.coded.levels[f].isin(list(given)).any():
            raise EstimationError(f"None of the anchors of {name!r} is one of its levels: anchors say a measure of a level, written as in the "
                                  "ratings (1 and '1' are two).")
        values = numbers(pd.Series([given.get(level, np.nan) for level in levels], dtype=object), f"anchors of {name!r}") if given \
            else np.full(len(levels), np.nan)
        held.append(np.isfinite(values))
        where.append(np.where(np.isfinite(values), values * a.signs[f], 0.0))
    return held, where
