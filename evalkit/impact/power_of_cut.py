"""What sending people by a cut on a score costs: how many times the people of a lot it needs."""

from __future__ import annotations

from evalkit.errors import EstimationError
from evalkit.inference.single_values import single


def cut_design_effect(share: float) -> float:
    """Give how many times as many people a cut on a score needs as a lot does, for the same sight.

    ``1 / (1 - r**2)`` with ``r**2 = phi(z)**2 / (P (1 - P))``, the squared correlation of being sent with a normal score cut at z.

    Parameters
    ----------
    share : float
        The share of people on the side that is sent, between 0 and 1.

    Notes
    -----
    A straight line through normal scores is assumed; bandwidths ask for more. Source: P. Schochet (2009), Journal of Educational and
    Behavioral Statistics 34, 238-266, which prints 2.75 for a cut in the middle.

    Examples
    --------
    >>> round(cut_design_effect(0.5), 2)
    2.75
    """
    from scipy.stats import norm

    single(share=share)
    if not 0 < share < 1:
        raise EstimationError("The share of people who are sent must lie between 0 and 1.")
    height = float(norm.pdf(norm.ppf(share)))
    return 1 / (1 - height**2 / (share * (1 - share)))
