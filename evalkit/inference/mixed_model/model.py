"""The crossed mixed model: fixed effects and any number of crossed or nested random intercepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri

from evalkit.errors import EstimationError
from evalkit.inference.frames import given_numbers, need
from evalkit.inference.mixed_model import intervals
from evalkit.inference.mixed_model.design import Design, Vector, code_factor, make_design, same_groups
from evalkit.inference.mixed_model.formula import fixed_matrices, read_formula, response_read, variables_of
from evalkit.inference.mixed_model.modes import conditional_modes
from evalkit.inference.mixed_model.search import Found, Method, optimise
from evalkit.inference.mixed_model.solvers import NoResidualError
from evalkit.inference.reading import check_level
from evalkit.inference.single_values import whole_number

RESIDUAL = "residual"


@dataclass(frozen=True)
class MixedModel:
    """A fitted mixed model.

    Attributes
    ----------
    fixed : pandas.DataFrame
        One row a coefficient: `term`, `estimate`, `std_error`, `statistic`, `conf_low`, `conf_high` (normal, 95%).
    variances : pandas.DataFrame
        One row a factor and the residual: `factor`, `levels`, `variance`, `sd`, `share` (of the total), `status` (`estimated`,
        `boundary` with a variance of 0, or `not_estimable`) and `reason`.
    deviance : float or None
        Minus twice the log-likelihood (restricted for REML); none where the equations were too large to factor once.
    method : {"ML", "REML"}
        The criterion.
    n, n_dropped : int
        Rows used, and rows left out because a value was missing.
    converged : bool
        Whether the search ended by its own rule.
    largest_gradient : float
        The largest slope of the deviance, by log variance ratio, at the last point where slopes were computed, one step before this fit.
    evaluations : int
        Evaluations of the deviance and its slopes.
    singular : tuple of str
        Factors whose variance is estimated at 0, the boundary.
    monte_carlo : pandas.DataFrame or None
        Where traces were estimated by random probes: `factor` and `relative_error`, the standard error of the variance from the
        probes, as a share of it.
    """

    formula: str
    method: Method
    fixed: pd.DataFrame
    variances: pd.DataFrame
    deviance: float | None
    n: int
    n_dropped: int
    converged: bool
    largest_gradient: float
    evaluations: int
    singular: tuple[str, ...]
    monte_carlo: pd.DataFrame | None
    _design: Design = field(repr=False)
    _found: Found = field(repr=False)
    _factors: tuple[str, ...] = field(repr=False)
    _levels: tuple[pd.Index, ...] = field(repr=False)

    @property
    def log_likelihood(self) -> float | None:
        """Half the deviance, with its sign."""
        return None if self.deviance is None else -self.deviance / 2

    @property
    def aic(self) -> float | None:
        """The deviance plus twice the number of parameters: coefficients, variances, residual."""
        return None if self.deviance is None else self.deviance + 2 * (len(self.fixed) + len(self._factors) + 1)

    def modes(self, factor: str) -> pd.DataFrame:
        """Predict the effect of each level (conditional mode, BLUP), with its conditional standard error.

        ``b = sqrt(gamma) u`` with ``var(b | y) = sigma^2 L M^-1 L``; 0 is the level of an average group. Effects are pulled
        towards 0 the more, the fewer rows a level has.

        Parameters
        ----------
        factor : str
            A name of `variances.factor`, but the residual.

        Returns
        -------
        pandas.DataFrame
            `level`, `n`, `mode`, `std_error`; the error is missing where the equations were too large to invert.

        Raises
        ------
        EstimationError
            If there is no such factor.

        Notes
        -----
        The error holds the variances and coefficients as known. Source: Bates, Maechler, Bolker, Walker (2015), JSS 67(1).
        """
        if factor not in self._factors:
            raise EstimationError(f"The model has no factor {factor!r}; it has {', '.join(self._factors)}.")
        k = self._factors.index(factor)
        return conditional_modes(self._design, self._found.point, k, self._levels[k])

    def intervals(self, factor: str | None = None, *, method: Literal["profile", "bootstrap"] = "profile", level: float = 0.95,
                  draws: int = 500, seed: int = 0) -> pd.DataFrame:
        """Give intervals of the standard deviations that are right at zero.

        Profile: all values whose deviance, minimised over the rest, lies less than ``z^2`` above the minimum; it never falls below 0
        and holds 0 when the data do. Bootstrap: percentiles of refits to responses drawn from the fitted model.

        Parameters
        ----------
        factor : str, optional
            One factor, or "residual"; all by default.
        method : {"profile", "bootstrap"}
            How.
        level : float
            Nominal coverage.
        draws, seed : int
            Of the bootstrap.

        Returns
        -------
        pandas.DataFrame
            `factor`, `sd`, `conf_low`, `conf_high`, `conf_level`, `method`, one row a factor and the residual; no limits of what the data
            cannot tell (`variances.status` "not_estimable").

        Raises
        ------
        EstimationError
            If factor or method are unknown, or a profile is asked of a model whose deviance was not computed.

        Notes
        -----
        At a true variance of zero the profile covers more often than `level`: it is conservative there. Source: Bates et al.
        (2015), section 5; Self and Liang (1987), JASA 82.
        """
        check_level(level)
        whole_number(draws=draws, seed=seed)
        if factor not in (None, RESIDUAL, *self._factors):
            raise EstimationError(f"The model has no factor {factor!r}; it has {', '.join(self._factors)}.")
        if method not in ("profile", "bootstrap"):
            raise EstimationError(f"The method {method!r} is none of profile, bootstrap.")
        known = self.variances.set_index("factor")
        untold = known.index[known["status"].eq("not_estimable").to_numpy(dtype=bool)].tolist()
        if len(untold) == len(self._factors) and self.deviance is None:  # the response does not vary: there is nothing to be uncertain of
            found = pd.DataFrame({"factor": known.index, "sd": known["sd"].to_numpy(dtype=float), "conf_low": np.nan, "conf_high": np.nan,
                                  "conf_level": level, "method": method})
        elif method == "bootstrap":
            found = intervals.bootstrap(self._design, self._found, self.method, self._factors, level, draws, seed)
        else:
            found = intervals.profile(self._design, self._found, self.method, self._factors, level, factor)
        found.loc[found["factor"].isin(untold), ["conf_low", "conf_high"]] = np.nan
        return found if factor is None else found[found["factor"].eq(factor)].reset_index(drop=True)


def mixed_model(frame: pd.DataFrame, formula: str, *, method: Method = "REML", weights: str | None = None,
                exact: bool | None = None, seed: int = 0, probes: int = 10) -> MixedModel:
    r"""Fit a linear mixed model with crossed or nested random intercepts.

    ``y = X b + sum_k Z_k u_k + e``, ``u_k ~ N(0, sigma_k^2 I)``, ``e ~ N(0, sigma^2 / w)``. A variance of 0 says that the levels of
    the factor do not differ beyond the residual.

    Parameters
    ----------
    frame : pandas.DataFrame, n rows
        One row an observation; rows with a missing value in a column that is used are left out and counted.
    formula : str
        As in lme4: ``"y ~ 1 + x + (1 | rater) + (1 | school/class)"``; a name with blanks stands in backquotes.
    method : {"REML", "ML"}
        Restricted or full maximum likelihood. Deviances of REML fits compare only models with the same fixed effects.
    weights : str, optional
        A column of positive precision weights.
    exact : bool, optional
        Factor the equations exactly. By default so while all factors but the largest have at most 2,000 levels together; beyond
        that traces are estimated by random probes and the deviance is computed exactly once, at the end.
    seed, probes : int
        Of the random probes.

    Returns
    -------
    MixedModel
        Coefficients, variances, and methods for conditional modes and intervals.

    Raises
    ------
    EstimationError
        If the formula or a column cannot be used, a weight is not positive, there are fewer rows than coefficients, or a factor leaves
        nothing to the residual.

    Notes
    -----
    Assumes normal, independent effects with one variance a factor, and groups that do not choose their effects. Of appraisals with
    one evaluator a person, a factor of evaluators holds severity and team quality together: the model cannot part them.
    Source: Bates, Maechler, Bolker, Walker (2015), Journal of Statistical Software 67(1); average information: Gilmour,
    Thompson, Cullis (1995), Biometrics 51.

    Examples
    --------
    Yield of dye by batch (Davies 1947; Bates et al. give 1764 and 2451 for the variances):

    >>> grams = [1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495, 1595, 1550, 1605, 1510, 1560,
    ...          1445, 1440, 1595, 1465, 1545, 1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445]
    >>> dye = pd.DataFrame({"batch": list("AAAAABBBBBCCCCCDDDDDEEEEEFFFFF"), "grams": grams})
    >>> fit = mixed_model(dye, "grams ~ 1 + (1 | batch)")
    >>> fit.variances[["factor", "variance"]].round(1).to_numpy().tolist()
    [['batch', 1764.0], ['residual', 2451.3]]
    """
    if method not in ("ML", "REML"):
        raise EstimationError(f"The method {method!r} is none of ML, REML.")
    whole_number(seed=seed, probes=probes)
    if probes < 1:
        raise EstimationError("Traces are estimated by 1 or more probes.")
    need(frame)
    read = read_formula(formula)
    used, dropped, w = _rows(frame, read.fixed, read.factors, weights)
    y, x, terms = fixed_matrices(read.fixed, used)
    if len(y) <= x.shape[1]:
        raise EstimationError(f"{len(y)} rows cannot carry {x.shape[1]} coefficients and a residual.")
    coded = [code_factor(used, columns) for columns in read.factors]
    order = sorted(range(len(coded)), key=lambda k: -len(coded[k][1]))
    names = tuple(":".join(read.factors[k]) for k in order)
    design = make_design(tuple(coded[k][0] for k in order), tuple(len(coded[k][1]) for k in order), x, y, w)
    reasons = _not_estimable(design, names)
    found = optimise(design, method, exact=exact, seed=seed, probes=probes, left_out=tuple(reasons))
    if len(reasons) < len(names) and found.point.sigma2 * design.n <= 1e-12 * float(w @ (y - x @ design.taken) ** 2):
        raise NoResidualError
    shown = [order.index(k) for k in range(len(coded))]
    return _model(formula, method, design, found, names, tuple(coded[k][1] for k in order), terms, dropped, shown, reasons)


def _not_estimable(design: Design, names: tuple[str, ...]) -> dict[int, str]:
    """Say which factors no data of this shape can tell from the rest; they are held at zero."""
    left = float(design.weights @ (design.y - design.x @ design.taken) ** 2)
    if left <= 1e-24 * max(float(design.weights @ design.y**2), 1e-300):
        return dict.fromkeys(range(len(names)), "the response does not vary beyond the fixed effects")
    reasons: dict[int, str] = {}
    for k, (name, size) in enumerate(zip(names, design.sizes, strict=True)):
        if size == 1:
            reasons[k] = f"{name} has one level only: nothing to compare it with"
        elif size == design.n:
            reasons[k] = f"every row has a level of {name} of its own: it cannot be told from the residual"
        twin = next((j for j in range(k) if design.sizes[j] == size and same_groups(design.codes[j], design.codes[k], size)), None)
        if k not in reasons and twin is not None:
            reasons[k] = f"{name} groups the rows as {names[twin]} does, whose variance holds both: they cannot be told apart"
    return reasons


def _rows(frame: pd.DataFrame, fixed: str, factors: tuple[tuple[str, ...], ...],
          weights: str | None) -> tuple[pd.DataFrame, int, Vector]:
    wanted = [*dict.fromkeys(c for f in factors for c in f), *([weights] if weights else [])]
    need(frame, *wanted)
    variables = variables_of(fixed, frame)
    columns = list(dict.fromkeys([*wanted, *variables]))
    need(frame, *columns)
    frame = response_read(frame[columns], fixed, frozenset(columns) - {*variables, str(weights)})
    if weights is not None:
        frame = frame.assign(**{weights: given_numbers(frame, weights)})
    whole = frame.notna().all(axis=1).to_numpy(dtype=bool)
    used = frame.loc[whole]
    w = np.ones(len(used)) if weights is None else used[weights].to_numpy(dtype=np.float64)
    if (w <= 0).any() or not np.isfinite(w).all():
        raise EstimationError(f"The weights in {weights!r} must all be positive numbers.")
    if not len(used):
        raise EstimationError("No row has all the values that the model needs.")
    return used, int((~whole).sum()), w


def _model(formula: str, method: Method, design: Design, found: Found, names: tuple[str, ...], levels: tuple[pd.Index, ...],
           terms: tuple[str, ...], dropped: int, shown: list[int], reasons: dict[int, str]) -> MixedModel:
    point = found.point
    std_error = np.sqrt(np.diagonal(point.beta_inverse) * point.sigma2)
    z = float(ndtri(0.975))
    ratio = np.divide(point.beta, std_error, out=np.zeros_like(point.beta), where=std_error > 0)
    fixed = pd.DataFrame({"term": terms, "estimate": point.beta, "std_error": std_error, "statistic": ratio,
                          "conf_low": point.beta - z * std_error, "conf_high": point.beta + z * std_error})
    variance = np.append(point.gamma[shown], 1.0) * point.sigma2
    flat = len(reasons) == len(names) and point.r2 <= max(1e-20 * float(design.weights @ design.y**2), 1e-99)
    total = float(variance.sum())
    status = ["not_estimable" if k in reasons else "boundary" if found.at_zero[k] else "estimated" for k in shown]
    words = [reasons.get(k, f"the variance of {names[k]} is 0, the boundary: its levels do not differ beyond the residual"
                         if found.at_zero[k] else "") for k in shown]
    variances = pd.DataFrame({
        "factor": [names[k] for k in shown] + [RESIDUAL], "levels": pd.array([design.sizes[k] for k in shown] + [design.n], dtype="Int64"),
        "variance": variance, "sd": np.sqrt(variance), "share": variance / total if total > 0 else np.zeros(len(variance)),
        "status": [*status, "estimated"], "reason": [*words, ""]})
    monte_carlo = None if found.monte_carlo is None else pd.DataFrame({"factor": [names[k] for k in shown],
                                                                       "relative_error": found.monte_carlo[shown]})
    singular = tuple(names[k] for k in shown if found.at_zero[k] and k not in reasons)
    return MixedModel(formula, method, fixed, variances, None if flat else point.deviance, design.n, dropped, found.converged, found.largest_gradient,
                      found.evaluations, singular, monte_carlo, design, found, names, levels)
