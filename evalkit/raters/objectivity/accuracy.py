"""How close a rater comes to the expert key: Cronbach's four components and the distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import t as student

from evalkit.inference.reading import check_level
from evalkit.raters.objectivity.by_rater import over_raters
from evalkit.raters.objectivity.cases import Cases, Codes, Vector, cases_of, frame_of, joined, mean_and_error, nothing, sums

COMPONENTS = ("elevation", "differential_elevation", "stereotype_accuracy", "differential_accuracy", "distance")


@dataclass(frozen=True)
class _Squares:
    """Mean squares of each rater: elevation, differential elevation, stereotype, differential accuracy, distance; and numbers."""

    parts: dict[str, Vector]
    error: dict[str, Vector]
    n: Vector
    items: int


def accuracy(ratings: pd.DataFrame, key: pd.DataFrame, *, conf_level: float = 0.95) -> pd.DataFrame:
    r"""Give Cronbach's components of accuracy of each rater, and their mean over raters.

    With d the rating less the key on n objects and k items: ``elevation = mean d`` (signed); ``differential_elevation^2 = mean over objects
    of (d_i. - d_..)^2``; ``stereotype_accuracy^2 = mean over items of (d_.j - d_..)^2``; ``differential_accuracy^2 = mean of (d_ij - d_i. -
    d_.j + d_..)^2``; ``distance^2 = mean d^2``, the sum of the four squares. 0: exactly as the experts; all in points of the scale.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `item`, `rating`.
    key : pandas.DataFrame
        `object_id`, `item`, `expert_rating`.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates, measures `COMPONENTS`: one row a rater (`term`), and one for all (`term` empty: the mean over raters, its
        interval over raters). `n` counts objects rated in full; an object with a missing item is left out. With one item
        stereotype and differential accuracy are not estimable ("one_item"), with one object "one_object".

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    Elevation has a t interval over objects; differential elevation and differential accuracy chi-square intervals (normal deviations);
    stereotype accuracy and distance a t interval of the logarithm from the jackknife over objects. The last three hold the noise
    of single ratings too: nobody has 0. The key is taken as it stands. Sources: L. J. Cronbach (1955), Psychological Bulletin 52,
    177-193; K. R. Murphy, M. Garcia, S. Kerkar, C. Martin, W. K. Balzer (1982), Journal of Applied Psychology 67, 320-325; L. M.
    Sulsky, W. K. Balzer (1988), Journal of Applied Psychology 73, 497-506.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("aabb"), "rater_id": "r", "item": list("uvuv"), "rating": [3, 4, 2, 5]})
    >>> key = pd.DataFrame({"object_id": list("aabb"), "item": list("uvuv"), "expert_rating": [2, 3, 2, 3]})
    >>> accuracy(rows, key).query("term == 'r'")["estimate"].round(3).tolist()
    [1.0, 0.0, 0.5, 0.5, 1.225]
    """
    check_level(conf_level)
    cases = cases_of(ratings, key).complete()
    if not len(cases.x):
        return joined([nothing(m, "no_object_with_key") for m in COMPONENTS])
    deviation = cases.x - cases.expected
    found = _squares(deviation, cases.rater, len(cases.raters))
    return joined([_component(name, found, deviation, cases, conf_level) for name in COMPONENTS])


def _squares(d: Vector, rater: Codes, n_raters: int) -> _Squares:
    """Give the mean squares of each rater, and jackknife errors of those of items and of the distance."""
    n, k = np.bincount(rater, minlength=n_raters).astype(np.float64), d.shape[1]
    safe, less = np.maximum(n, 1.0), np.maximum(n - 1.0, 1.0)
    case, square = d.mean(axis=1), (d**2).mean(axis=1)
    total, by_item, case_square, whole = (sums(rater, v, n_raters) for v in (case, d, case**2, square))

    def parts(t: Vector, j: Vector, c: Vector, w: Vector, m: Vector) -> tuple[Vector, Vector, Vector, Vector]:
        elevation = (t / m) ** 2
        differential = np.maximum(c / m - elevation, 0.0)
        stereotype = np.maximum((j**2).mean(axis=1) / m**2 - elevation, 0.0)
        return differential, stereotype, np.maximum(w / m - elevation - differential - stereotype, 0.0), w / m

    full = parts(total, by_item, case_square, whole, safe)
    left = parts(total[rater] - case, by_item[rater] - d, case_square[rater] - case**2, whole[rater] - square, less[rater])
    errors = []
    for value in left:
        centre = sums(rater, value, n_raters) / safe
        errors.append(np.sqrt((n - 1.0) / safe * sums(rater, (value - centre[rater]) ** 2, n_raters)))
    names = COMPONENTS[1:]
    return _Squares(dict(zip(names, full, strict=True)), dict(zip(names, errors, strict=True)), n, k)


def _component(name: str, found: _Squares, d: Vector, cases: Cases, level: float) -> pd.DataFrame:
    n, raters = found.n, len(cases.raters)
    here, few = n > 0, _few(name, n, found.items)
    tail, t = 0.5 + level / 2, student.ppf(0.5 + level / 2, np.maximum(n - 1, 1))
    df = np.where(n > 1, n - 1.0, np.nan)
    if name == "elevation":
        value, error, _ = mean_and_error(d.mean(axis=1), cases.rater, raters)
        low, high, method = value - t * error, value + t * error, "t over objects"
    elif name in ("differential_elevation", "differential_accuracy"):
        df = np.maximum(n - 1.0, 1.0) * (1.0 if name == "differential_elevation" else max(found.items - 1.0, 1.0))
        value, method = np.sqrt(found.parts[name]), "chi-square over objects"
        # the divisor of the definition is the number of cells, that of the chi-square the degrees of freedom: df / E[chi2] = 1
        error, low, high = value / np.sqrt(2 * df), value * np.sqrt(df / chi2.ppf(tail, df)), value * np.sqrt(df / chi2.ppf(1 - tail, df))
    else:
        value, method = np.sqrt(found.parts[name]), "jackknife over objects, log"
        relative = np.divide(found.error[name], 2 * found.parts[name], out=np.full(raters, np.nan), where=found.parts[name] > 0)
        error, low, high = value * relative, value * np.exp(-t * relative), value * np.exp(t * relative)
    told = here & (few == "")
    blank = np.where(told & (n > 1), 1.0, np.nan)
    own = frame_of({"measure": name, "term": cases.raters.astype(str), "role": "inferential", "unit": "points", "null_value": 0.0,
                    "estimate": np.where(told, value, np.nan), "std_error": error * blank, "df": df * blank, "conf_level": level,
                    "conf_low": low * blank, "conf_high": high * blank, "n": n, "n_raters": 1, "method": method,
                    "status": np.where(told, "estimated", "not_estimable"), "reason": np.where(here, few, "no_object_with_key")}, raters)
    return joined([own, over_raters(name, "points", 0.0, value[told], level, n.astype(np.int64), method, "nobody_estimated")])


def _few(name: str, n: Vector, items: int) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    if items < 2 and name in ("stereotype_accuracy", "differential_accuracy"):
        return np.full(len(n), "one_item")
    return np.where((n < 2) & (name in ("differential_elevation", "differential_accuracy")), "one_object", "")
