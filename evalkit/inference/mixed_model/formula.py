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
from evalkit.inference.reading import LARGEST, at_hand

_QUOTED = r"`[^`]+`"
_TERM = re.compile(rf"\(((?:[^()|`]|{_QUOTED})*)\|{{1,2}}((?:[^()`]|{_QUOTED})*)\)")
_PART = re.compile(rf"\s*({_QUOTED}|[^\W\d]\w*)\s*([:/]|$)")
_MEAN_ONLY = re.compile(r"^\s*([^\W\d]\w*)\s*~\s*1\s*$")


@dataclass(frozen=True)
class Specification:
    """The fixed part as text, and the grouping factors: each a tuple of the columns that cross to make it."""

    fixed: str
    factors: tuple[tuple[str, ...], ...]


def read_formula(text: str) -> Specification:
    """Split a formula into its fixed part and its random intercepts.

    ``(1 | a:b)`` is the crossing of two columns, ``(1 | a/b)`` is ``(1 | a) + (1 | a:b)``; a name with blanks stands in backquotes.

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
    if not isinstance(text, str):
        raise EstimationError(f"The formula is a text, such as 'rating ~ 1 + (1 | rater)', not a {type(text).__name__}.")
    if text.count("~") != 1:
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
    made: list[tuple[str, ...]] = []
    columns: tuple[str, ...] = ()
    at = 0
    while at < len(text) or not made:
        part = _PART.match(text, at)
        if part is None or (part[2] and part.end() == len(text)):
            raise EstimationError(f"The grouping factor {text.strip()!r} must name columns, as in (1 | a), (1 | a:b), (1 | a/b); "
                                  "a name with blanks or signs stands in backquotes, as in (1 | `a b`).")
        columns, at = (*columns, part[1].strip("`")), part.end()
        if part[2] != ":":
            made.append(columns)
    return made


def variables_of(text: str, frame: pd.DataFrame) -> list[str]:
    """Give the columns that the fixed part reads.

    Raises
    ------
    EstimationError
        If the frame lacks one; the nearest name is told.

    Examples
    --------
    >>> variables_of("y ~ 1", pd.DataFrame({"y": [1.0]}))
    ['y']
    """
    mean_of = only_a_mean(text, frame)
    if mean_of is not None:
        return [mean_of]
    from formulaic import Formula
    from formulaic.errors import FormulaicError
    from formulaic.utils.variables import Variable

    try:
        found = list(Formula(text).required_variables)
    except (FormulaicError, SyntaxError) as error:
        raise EstimationError(_unread(text, str(error))) from None
    absent = sorted(str(v) for v in found if str(v) not in frame.columns and Variable.Role.CALLABLE not in v.roles)
    if absent:
        raise EstimationError(_unread(text, f"there is no column {absent[0]!r}; {at_hand(absent[0], frame.columns)}"))
    if "factor(" in text:
        raise EstimationError(_unread(text, "C(x) makes classes of a column of numbers, not factor(x)"))
    return [str(v) for v in found if str(v) in frame.columns]


def _unread(text: str, why: str) -> str:
    return f"The fixed part {text!r} cannot be read on this table: {why[:200].rstrip('.')}{'' if why.endswith('?') else '.'}"


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
    name = text.partition("~")[0].strip().strip("`")
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
        raise EstimationError(_unread(text, str(error))) from None
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
