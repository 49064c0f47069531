"""Subsets: which levels these ratings compare, and which they do not.

A shift of levels that changes the sum of no rating (``B_n - C_j - D_i``) is invisible to the ratings. Two levels of a facet can be compared
where no invisible shift moves one against the other: a matter of the rank of the design. A graph over all facets does not say it, since
items that all raters use join everything in it and compare no rater with another.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import lsmr

from evalkit.raters.many_facet_rasch.design import Design

Labels = NDArray[np.intp]
Coded = NDArray[np.integer[Any]]
SEED = 20260
SAME = 1e-5  # places within which levels cannot be moved apart
_SHORT, _LARGEST = 1 << 16, 1 << 62
MOST_CELLS = 1_000_000  # pairs of levels up to which they are counted rather than sorted


def subsets(d: Design, held: Sequence[NDArray[np.bool_]] = ()) -> tuple[int, list[Labels]]:
    """Label the levels of each facet by the subset in which they can be compared; 0 is the largest.

    -1 are facets all of whose levels can be compared while those of others cannot: what all meet (items) joins nothing. Levels of a facet
    whose measures are `held` can be compared wherever they stand.
    """
    classes = _anchored(d, held) if any(int(own.sum()) > 1 for own in held) else _classes(d)
    several = [f for f, own in enumerate(classes) if int(own.max()) > 0]
    if not several:
        return 1, classes
    rows = [classes[f][d.codes[f]] for f in several]
    count, parts = _parts(rows, [int(classes[f].max()) + 1 for f in several])
    found = [np.full(len(own), -1, dtype=np.intp) for own in classes]
    aligned = all(len(part) == count for part in parts)
    labels = [part[classes[f]] if aligned else classes[f] for f, part in zip(several, parts, strict=True)]
    many = count if aligned else max(len(part) for part in parts)
    for f, own in zip(several, labels, strict=True):
        if aligned:  # by levels; else by ratings, so that facets which part alike are numbered alike
            order = np.argsort(-np.bincount(np.concatenate(labels), minlength=many), kind="stable")
        else:
            first, count_of = np.unique(own[d.codes[f]], return_index=True, return_counts=True)[1:]
            order = np.lexsort([first, -count_of])
        rank = np.empty(many, dtype=np.intp)
        rank[order] = np.arange(len(order))
        found[f] = rank[own]
    return many, found


def _classes(d: Design) -> list[Labels]:
    """Number, a facet, the classes of levels that can be compared.

    Levels that meet in one context (the same levels of all other facets) can be. So of the smallest facet each context keeps one class, and
    where all of the facet hang together, it can be left away; of the last two facets the connected components are the classes.
    """
    sizes = d.sizes()
    order = sorted(range(len(sizes)), key=lambda f: -sizes[f])  # as the rows are sorted
    codes: list[Coded] = [d.codes[f] for f in order]
    last: Labels | None = None  # classes of the smallest facet that is left, where they are several
    while len(codes) > 2 and last is None:
        same = np.ones(max(len(codes[0]) - 1, 0), dtype=bool)
        for own in codes[:-1]:
            same &= own[1:] == own[:-1]
        count, label = _joined(codes[-1][:-1][same], codes[-1][1:][same], sizes[order[len(codes) - 1]])
        first = np.concatenate([[True], ~same])
        last = label if count > 1 else None
        codes = [own[first] for own in codes[:-1]] + ([] if last is None else [last[codes[-1][first]]])
    found = [np.zeros(n, dtype=np.intp) for n in sizes]
    used = order[:len(codes)]
    if len(codes) == 2:
        n, m = (sizes[f] for f in used)
        _, label = _joined(codes[0].astype(np.intp), codes[1].astype(np.intp) + n, n + m)
        found[used[0]], found[used[1]] = label[:n], label[n:]
        return found
    rows: list[Labels] = [own.astype(np.intp) for own in codes]
    merged = _merged(rows, [int(last.max()) + 1 if last is not None and f == used[-1] else sizes[f] for f in used])
    for f, own in zip(used, merged, strict=True):
        found[f] = own if last is None or f != used[-1] else own[last]
    return found


def _anchored(d: Design, held: Sequence[NDArray[np.bool_]]) -> list[Labels]:
    """Number the classes where held levels are one level of their facet."""
    first = []
    for own in held:
        label = np.arange(len(own), dtype=np.intp)
        label[own] = int(np.argmax(own))
        first.append(np.unique(label, return_inverse=True)[1].reshape(-1).astype(np.intp))
    sizes = [int(label.max()) + 1 for label in first]
    rows = _once([label[own] for label, own in zip(first, d.codes, strict=True)], sizes)
    return [own[label] for own, label in zip(_merged(rows, sizes), first, strict=True)]


def _merged(rows: list[Labels], sizes: list[int]) -> list[Labels]:
    """Join levels that meet in one context until nothing changes, classes being the levels of the next round; then by rank.

    Each of the `rows` stands once; the facet with the most levels comes first, since it mostly joins the most.
    """
    classes: list[Labels] = [np.arange(n, dtype=np.intp) for n in sizes]
    counts = list(sizes)
    moved = True
    while moved:
        moved = False
        for f in range(len(rows)):
            context = _packed([own for g, own in enumerate(rows) if g != f], [n for g, n in enumerate(counts) if g != f])
            place = np.argsort(context, kind="stable")
            same, own = context[place][1:] == context[place][:-1], rows[f][place]
            now, label = _joined(own[:-1][same], own[1:][same], counts[f])
            if now < counts[f]:
                classes[f], counts[f], moved = label[classes[f]], now, True
                rows = _once([label[own] if g == f else own for g, own in enumerate(rows)], counts)
    several = [f for f, n in enumerate(counts) if n > 1]
    if len(several) < 3 or {_parts([rows[f] for f in several], [counts[f] for f in several])[0]} == {counts[f] for f in several}:
        return classes
    for f, label in zip(several, _by_rank([rows[f] for f in several], [counts[f] for f in several]), strict=True):
        classes[f] = label[classes[f]]
    return classes


def _by_rank(rows: list[Labels], counts: list[int]) -> list[Labels]:
    """Give each class a place, by chance but for what no invisible shift changes: those that can be compared have one place."""
    ends = np.concatenate([[0], np.cumsum(counts)])
    n = len(rows[0])
    columns = np.concatenate([own + start for own, start in zip(rows, ends[:-1], strict=True)])
    sums = csr_array((np.ones(len(columns)), (np.tile(np.arange(n), len(rows)), columns)), shape=(n, int(ends[-1])))
    drawn = np.random.default_rng(SEED).normal(size=int(ends[-1]))
    drawn = drawn - lsmr(sums, sums @ drawn, atol=1e-13, btol=1e-13, conlim=0.0, maxiter=50 * int(ends[-1]))[0]
    found = []
    for begin, end in pairwise(ends):
        place = drawn[begin:end]
        order = np.argsort(place, kind="stable")
        label = np.empty(len(place), dtype=np.intp)
        label[order] = np.concatenate([[0], np.cumsum(np.diff(place[order]) > SAME)])
        found.append(label)
    return found


def _parts(rows: list[Labels], counts: list[int]) -> tuple[int, list[Labels]]:
    """Join the classes that meet in a rating; give how many parts there are, and the part of each class."""
    ends = np.concatenate([[0], np.cumsum(counts)])
    first = np.tile(rows[0], len(rows) - 1)
    rest = np.concatenate([own + start for own, start in zip(rows[1:], ends[1:-1], strict=True)])
    count, label = _joined(first, rest, int(ends[-1]))
    return count, [label[begin:end] for begin, end in pairwise(ends)]


def _joined(left: Coded, right: Coded, n: int) -> tuple[int, Labels]:
    """Give the components of a graph of `n` nodes."""
    if n * n <= MOST_CELLS:
        met = np.flatnonzero(np.bincount(left.astype(np.int64) * n + right, minlength=1))
        left, right = met // n, met % n
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    count, label = connected_components(graph, directed=False)
    return int(count), label.astype(np.intp)


def _once(rows: list[Labels], counts: Sequence[int]) -> list[Labels]:
    """Keep each combination once."""
    first = np.unique(_packed(rows, counts), return_index=True)[1]
    return [own[first] for own in rows]


def _packed(rows: Sequence[Labels], counts: Sequence[int]) -> NDArray[np.integer[Any]]:
    """Write each combination of labels as one number; short ones, which are sorted in linear time, where they suffice."""
    key, many = np.zeros(len(rows[0]), dtype=np.int64), 1
    for own, n in zip(rows, counts, strict=True):
        if many * n >= _LARGEST:
            key = np.unique(key, return_inverse=True)[1].reshape(-1)
            many = int(key.max()) + 1
        key, many = key * n + own, many * n
    return key.astype(np.uint16) if many <= _SHORT else key
