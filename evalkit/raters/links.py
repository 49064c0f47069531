"""Sets of evaluators whom people link twice over: what can be compared when any one match of a person and an evaluator is left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from evalkit.errors import EstimationError


@dataclass(frozen=True)
class Linked:
    """Which matches remain, and the set of each (-1 where it is left out)."""

    keep: NDArray[np.bool_]
    component: NDArray[np.intp]


def leave_out_sets(person: NDArray[np.intp], rater: NDArray[np.intp]) -> Linked:
    """Find the largest sets of matches that stay connected when any one match is left out.

    A match is an edge between a person and an evaluator; one whose removal parts the graph is a bridge. Without the bridges, what
    hangs together is linked twice over.

    Parameters
    ----------
    person, rater : array of int, shape (n,)
        Codes from 0 of each match; a pair stands once.

    Returns
    -------
    Linked
        Matches of a person with one evaluator only are always left out.

    Raises
    ------
    EstimationError
        If the lengths differ.

    Notes
    -----
    Bridges by random labels: each edge outside a spanning tree has a random number of 62 bits, each tree edge the exclusive or of
    those whose cycle holds it; a bridge has 0, any other edge so by an accident of one in 10^18. Source of the set: P. Kline,
    R. Saggio, M. Sølvsten (2020), Econometrica 88, 1859-1898, section 3; of the labels: D. Pritchard, R. Thurimella (2011),
    ACM Transactions on Algorithms 7, article 46.

    Examples
    --------
    >>> leave_out_sets(np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 1, 2])).keep.tolist()
    [True, True, True, True, False, False]
    """
    person, rater = (np.asarray(c, dtype=np.intp) for c in (person, rater))
    if person.shape != rater.shape:
        raise EstimationError("person and rater must have one entry each for the same matches.")
    keep = np.zeros(len(person), dtype=bool)
    component = np.full(len(person), -1, dtype=np.intp)
    if not len(person):
        return Linked(keep, component)
    n_people = int(person.max()) + 1
    ends = np.column_stack([person, rater + n_people])
    keep = ~_bridges(ends, n_people + int(rater.max()) + 1)
    graph = coo_matrix((np.ones(int(keep.sum())), (ends[keep, 0], ends[keep, 1])), shape=(int(ends.max()) + 1,) * 2)
    labels = connected_components(graph, directed=False)[1]
    component[keep] = np.unique(labels[ends[keep, 0]], return_inverse=True)[1].reshape(-1)
    return Linked(keep, component)


def _bridges(ends: NDArray[np.intp], n_nodes: int) -> NDArray[np.bool_]:
    labels = connected_components(coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n_nodes, n_nodes)), directed=False)[1]
    roots = np.unique(labels, return_index=True)[1]
    # one root above all components, so that one walk visits them all
    every = np.vstack([ends, np.column_stack([np.full(len(roots), n_nodes), roots])])
    number = csr_matrix((np.arange(1, len(every) + 1), (every[:, 0], every[:, 1])), shape=(n_nodes + 1,) * 2)
    order, before = breadth_first_order(number, n_nodes, directed=False)
    both = (number + number.T).tocsr()
    child = order[1:]
    edge = np.asarray(both[child, before[child]]).ravel().astype(np.int64) - 1
    tree = np.zeros(len(every), dtype=bool)
    tree[edge] = True
    label = np.random.default_rng(1).integers(1, 2**62, len(every))
    value = np.zeros(n_nodes + 1, dtype=np.int64)
    for side in (0, 1):
        np.bitwise_xor.at(value, every[~tree, side], label[~tree])
    found = np.zeros(len(every), dtype=bool)
    for node, up, e in zip(child[::-1].tolist(), before[child][::-1].tolist(), edge[::-1].tolist(), strict=True):
        found[e] = value[node] == 0
        value[up] ^= value[node]
    return found[:len(ends)]
