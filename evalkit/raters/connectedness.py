"""Whether evaluators can be put on one scale: the graph of who rated whom, and the rank of the design.

Two evaluators are compared through what both rated, or through a chain of such pairs. Items that everybody uses join any
graph into one piece and compare nobody, so they are not part of it: what they add or take is decided by the rank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from evalkit.inference.frames import need
from evalkit.inference.single_values import word


@dataclass(frozen=True)
class Connectedness:
    """How a set of ratings hangs together.

    `raters` has a row a rater: `rater_id`, `component` (0 is the one with most raters), `n_objects`. `rank` is that of the
    additive design rater + object + item; `lacking` counts the contrasts that no data can tell, beyond the one constant of
    each facet: 0 means that all raters, all objects and all items can be compared.
    """

    n_raters: int
    n_objects: int
    n_items: int
    n_components: int
    share_connected: float
    median_span: float
    rank: int
    lacking: int
    raters: pd.DataFrame


def connectedness(ratings: pd.DataFrame, *, rater: str = "rater_id", object_id: str = "object_id",
                  item: str | None = "item") -> Connectedness:
    """Find the connected components of raters and objects, and the rank of the additive design.

    ``rank = raters + objects + items - nullity``; the nullity counts the shifts of raters, objects and items that change
    no expected rating. In one component with one item it is 2 (raters up and objects down, items up and objects down);
    every further component adds 1.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row a rating; rows without rater or object are left out.
    rater, object_id : str
        Columns of rater and object.
    item : str or None
        Column of the item; without one, or with one item, only the graph decides.

    Returns
    -------
    Connectedness
        `share_connected` is the share of raters in the largest component (0 without ratings), `median_span` the median
        number of objects a rater has.

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    Connected says that a comparison exists, not that it is precise: one shared object joins two halves. Assumes additive
    effects. Source of the rank of two facets: J. Eccleston, A. Hedayat (1974), Annals of Statistics 2, 1238-1255.

    Examples
    --------
    >>> rows = pd.DataFrame({"rater_id": ["a", "a", "b", "c"], "object_id": [1, 2, 2, 3]})
    >>> found = connectedness(rows, item=None)
    >>> found.n_components, found.lacking, round(found.share_connected, 2)
    (2, 1, 0.67)
    """
    need(ratings, rater, object_id)
    word(item=item)
    use_item = item is not None and item in ratings.columns
    columns = [rater, object_id, *([item] if use_item and item else [])]
    need(ratings, *columns)
    known = ratings[columns].dropna().drop_duplicates()
    r, raters = pd.factorize(known[rater])
    o, objects = pd.factorize(known[object_id])
    i, items = pd.factorize(known[item]) if use_item else (np.zeros(len(known), dtype=np.intp), ["-"] if len(known) else [])
    n_r, n_o, n_i = len(raters), len(objects), len(items)
    if not len(known):
        empty = pd.DataFrame({"rater_id": pd.Series([], dtype=object), "component": pd.Series([], dtype="int64"),
                              "n_objects": pd.Series([], dtype="int64")})
        return Connectedness(0, 0, 0, 0, 0.0, 0.0, 0, 0, empty)
    labels, n_components = _components(r, o, n_r, n_o)
    frame = pd.DataFrame({"rater_id": raters, "component": labels[:n_r],
                          "n_objects": known.groupby(r)[object_id].nunique().to_numpy()})
    shifts = _item_shifts(r, o, i, n_r, n_o, n_i)
    nullity = n_components + shifts
    return Connectedness(n_r, n_o, n_i, n_components, float((frame["component"] == 0).mean()), float(frame["n_objects"].median()),
                         n_r + n_o + n_i - nullity, nullity - 2, frame)


def components_within(frame: pd.DataFrame, scope: str, *, rater: str = "rater_id", object_id: str = "object_id") -> pd.DataFrame:
    """Give, for each scope (a unit), how many of its raters stand in its largest component, all scopes at once.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a rating, with the columns `scope`, `rater`, `object_id`; a rater in two scopes counts in each.
    scope, rater, object_id : str
        Names of the columns.

    Returns
    -------
    pandas.DataFrame
        `scope`, `n_raters`, `n_components`, `share_connected`.

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    Links through people of another scope are not used: a unit's page rests on the unit's own ratings.

    Examples
    --------
    >>> rows = pd.DataFrame({"opd_id": ["u", "u", "v"], "rater_id": ["a", "b", "a"], "object_id": [1, 1, 2]})
    >>> components_within(rows, "opd_id").to_numpy().tolist()
    [['u', 2, 1, 1.0], ['v', 1, 1, 1.0]]
    """
    need(frame, scope, rater, object_id)
    known = frame[[scope, rater, object_id]].dropna().drop_duplicates()
    r, _ = pd.factorize(pd.MultiIndex.from_frame(known[[scope, rater]]))
    o, _ = pd.factorize(pd.MultiIndex.from_frame(known[[scope, object_id]]))
    if not len(known):
        return pd.DataFrame({scope: pd.Series([], dtype=known[scope].dtype), "n_raters": pd.Series([], dtype="int64"),
                             "n_components": pd.Series([], dtype="int64"), "share_connected": pd.Series([], dtype=float)})
    labels, _ = _components(r, o, int(r.max()) + 1, int(o.max()) + 1)
    raters = pd.DataFrame({scope: known[scope].to_numpy(), "r": r, "component": labels[r]}).drop_duplicates("r")
    sizes = raters.groupby([scope, "component"]).size().rename("size").reset_index()
    result = sizes.groupby(scope, as_index=False).agg(n_raters=("size", "sum"), n_components=("size", "size"), largest=("size", "max"))
    result["share_connected"] = result.pop("largest") / result["n_raters"]
    return result


def _components(r: NDArray[np.intp], o: NDArray[np.intp], n_r: int, n_o: int) -> tuple[NDArray[np.intp], int]:
    """Label raters and objects by component; 0 is the component with most raters."""
    size = n_r + n_o
    graph = coo_matrix((np.ones(len(r), dtype=np.int8), (r, o + n_r)), shape=(size, size))
    n, labels = connected_components(graph, directed=False)
    order = np.argsort(-np.bincount(labels[:n_r], minlength=n), kind="stable")
    rank = np.empty(n, dtype=np.intp)
    rank[order] = np.arange(n)
    return rank[labels], int(n)


def _item_shifts(r: NDArray[np.intp], o: NDArray[np.intp], i: NDArray[np.intp], n_r: int, n_o: int, n_i: int) -> int:
    """Count the independent shifts of items that raters and objects can take up without a trace.

    Items rated by one rater for one object differ visibly, so they move together: a class. A shift of a class is invisible
    if raters and objects can absorb it, that is if it sums to zero round every cycle of the graph of raters and objects.
    """
    pair = pd.factorize(r.astype(np.int64) * n_o + o)[0]
    n_pairs = int(pair.max()) + 1
    joined = coo_matrix((np.ones(len(pair), dtype=np.int8), (pair, i + n_pairs)), shape=(n_pairs + n_i, n_pairs + n_i))
    _, labels = connected_components(joined, directed=False)
    classes, item_class = np.unique(labels[n_pairs:], return_inverse=True)
    if len(classes) == 1:
        return 1
    first = np.unique(pair, return_index=True)[1]
    edges = np.column_stack([r[first], o[first] + n_r])
    wanted = np.eye(len(classes))[item_class[i[first]]]
    rest = wanted - _absorbed(edges, wanted, n_r + n_o)
    return len(classes) - int(np.linalg.matrix_rank(rest.T @ rest))


def _absorbed(edges: NDArray[np.intp], wanted: NDArray[np.float64], n_nodes: int) -> NDArray[np.float64]:
    """Give what the sums of node values reach on every edge, when they meet `wanted` on a spanning forest."""
    _, label = connected_components(coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n_nodes, n_nodes)),
                                    directed=False)
    roots = np.unique(label, return_index=True)[1]
    # one root above all components, so that one walk visits them all
    ends = np.vstack([edges, np.column_stack([np.full(len(roots), n_nodes), roots])])
    tree = csr_matrix((np.arange(1, len(ends) + 1), (ends[:, 0], ends[:, 1])), shape=(n_nodes + 1, n_nodes + 1))
    order, before = breadth_first_order(tree, n_nodes, directed=False)
    number = (tree + tree.T).tocsr()
    value = np.zeros((n_nodes + 1, wanted.shape[1]))
    for node in order[1:]:
        edge = int(number[node, before[node]]) - 1
        if edge < len(edges):
            value[node] = wanted[edge] - value[before[node]]
    reached: NDArray[np.float64] = value[edges[:, 0]] + value[edges[:, 1]]
    return reached
