"""Many-facet Rasch models, fast enough for a nation and converged to a printed residual.

>>> from evalkit.raters.many_facet_rasch import many_facet_rasch
"""

from evalkit.raters.many_facet_rasch.marginal import MarginalRasch, marginal_rasch
from evalkit.raters.many_facet_rasch.model import ManyFacetRasch, many_facet_rasch

__all__ = ["ManyFacetRasch", "MarginalRasch", "many_facet_rasch", "marginal_rasch"]
