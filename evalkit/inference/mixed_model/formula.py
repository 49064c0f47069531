"""Read a model in the notation that the field writes: ``y ~ 1 + x + (1 | rater) + (1 | school/class)``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.frames import given_numbers
from evalkit.inference.reading import LARGEST

_TERM = re.compile(r"\(([^()|]*)\|{1,2}([^()]*)\)")
_MEAN_ONLY = re.compile(r"^\s*([^\W\d]\w*)\s*~\s*1\s*$")
_NAME = re.compile(r"^[^\W\d]\w*$")


@dataclass(frozen=True)
class Specification:
    """The fixed part as text, and the grouping factors: each a tuple of the columns that cross to make it."""

    fixed: str
    factors: tuple[tuple[str, ...], ...]


def read_formula(text: str) -> Specification:
    """Split a formula into its fixed part and its random intercepts.

    ``(1 | a:b)`` is the crossing of two columns, ``(1 | a/b)`` is ``(1 | a) + (1 | a:b)``.

    Parameters
    ----------
    text : str
        Such as ``"y ~ 1 + x + (1 | rater) + (1 | object)"``.

    Returns
    -------
    Specification
        The fixed part and the factors, none twice.

    Raises
    ------
    EstimationError
        If there is no response, no random intercept, or a random slope.

    Examples
    --------
    >>> read_formula("y ~ service + (1 | s) + (1 | dept/d)").factors
    (('s',), ('dept',), ('dept', 'd'))
    """
    if not isinstance(text, str) or text.count("~") != 1:
        raise EstimationError(f"The formula {text!r} needs one '~' between the response and the rest.")
    found: list[tuple[str, ...]] = []
    for left, right in _TERM.findall(text):
        if left.strip() != "1":
            raise EstimationError(f"The term ({left}|{right}) is no random intercept; only (1 | factor) is fitted.")
        found += _factors(right)
    if not found:
        raise EstimationError(f"The formula {text!r} has no random intercept such as (1 | rater).")
    fixed = re.sub(r"[\s+]+$", "", re.sub(r"\+\s*(?=\+|$)", "", _TERM.sub("", text)).strip())
    return Specification(fixed + " 1" if fixed.endswith("~") else fixed, tuple(dict.fromkeys(found)))


def _factors(text: str) -> list[tuple[str, ...]]:
    nested = [part.strip() for part in text.split("/")]
    made: list[tuple[str, ...]] = []
    for depth in range(len(nested)):
        columns = tuple(c.strip() for part in nested[:depth + 1] for c in part.split(":"))
        if not all(_NAME.match(c) for c in columns):
            raise EstimationError(f"The grouping factor {text.strip()!r} must name columns, as in (1 | a), (1 | a:b), (1 | a/b).")
        made.append(columns)
    return made


def only_a_mean(text: str, frame: pd.DataFrame) -> str | None:
    """Give the response where the fixed part is its mean alone, which needs no reader of formulas (whose import takes longer than most fits).

    Examples
    --------
    >>> only_a_mean("y ~ 1", pd.DataFrame({"y": [1.0]})), only_a_mean("log(y) ~ 1", pd.DataFrame({"y": [1.0]}))
    ('y', None)
    """
    found = _MEAN_ONLY.match(text)
    if not found or (frame.columns == found[1]).sum() != 1 or not isinstance(frame[found[1]].dtype, np.dtype):
        return None
    return found[1] if frame[found[1]].dtype.kind in "iuf" else None


def response_read(frame: pd.DataFrame, text: str, left: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Give a frame whose response, where it is one column of objects or texts that are all numbers, is numbers.

    Columns of objects take the kind of what they hold: numbers kept as objects would be read as classes. Texts of the nullable
    and Arrow kinds, which the reader of formulas takes for numbers, become objects; columns that it does not read are `left` as they are.

    Examples
    --------
    >>> response_read(pd.DataFrame({"y": ["2,5", "3"]}), "y ~ 1")["y"].tolist()
    [2.5, 3.0]
    """
    frame = frame.infer_objects()
    texts = [c for c, kind in frame.dtypes.items()
             if c not in left and not isinstance(kind, pd.CategoricalDtype) and pd.api.types.is_string_dtype(kind)]
    frame = frame.astype(dict.fromkeys(texts, object))
    name = text.partition("~")[0].strip()
    if name not in frame.columns or frame[name].dtype.kind in "biuf":
        return frame
    try:
        return frame.assign(**{name: given_numbers(frame, name)})
    except EstimationError:
        return frame


def fixed_matrices(text: str, frame: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    """Make response, fixed-effect matrix and the names of its columns; columns that repeat others are left out.

    Raises
    ------
    EstimationError
        If the formula cannot be read on this frame or the response is no number.
    """
    name = only_a_mean(text, frame)
    if name is not None:
        return _finite(frame[name].to_numpy(dtype=np.float64), name), np.ones((len(frame), 1)), ("Intercept",)
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        made: Any = Formula(text).get_model_matrix(frame, na_action="raise")
        response = np.asarray(made.lhs).astype(np.float64, casting="same_kind")
        matrix = np.asarray(made.rhs, dtype=np.float64)
        names = tuple(str(c) for c in made.rhs.columns)
    except (FormulaicError, ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
        raise EstimationError(f"The fixed part {text!r} cannot be read on this table: {str(error)[:120]}.") from None
    if response.shape[1] != 1:
        raise EstimationError(f"The response of {text!r} must be one column of numbers: make it so with pandas.to_numeric.")
    _finite(response, text)
    kept = independent_columns(matrix)
    return response[:, 0], matrix[:, kept], tuple(names[i] for i in kept)


def independent_columns(matrix: NDArray[np.float64]) -> list[int]:
    """Give the columns that the earlier ones do not already span.

    Examples
    --------
    >>> independent_columns(np.array([[1.0, 2.0, 0.0], [1.0, 2.0, 1.0], [1.0, 2.0, 3.0]]))
    [0, 2]
    """
    kept: list[int] = []
    gram = matrix.T @ matrix
    for j in range(matrix.shape[1]):
        if gram[j, j] <= 0:
            continue
        rest = gram[j, j]
        if kept:
            inner = gram[np.ix_(kept, [j])][:, 0]
            rest -= float(inner @ np.linalg.solve(gram[np.ix_(kept, kept)], inner))
        if rest > 1e-9 * gram[j, j]:
            kept.append(j)
    return kept


def _finite(response: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """Refuse a response that is infinite anywhere, or too large to be squared."""
    if not np.isfinite(response).all():
        raise EstimationError(f"The response of {name!r} holds values that are not finite.")
    if (np.abs(response) > LARGEST).any():
        raise EstimationError(f"The response of {name!r} holds values beyond {LARGEST:.0e}; take a larger unit.")
    return response
