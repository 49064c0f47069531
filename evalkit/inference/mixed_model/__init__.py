"""Linear mixed models with crossed random intercepts, exact and fast.

>>> from evalkit.inference.mixed_model import mixed_model
"""

from evalkit.inference.mixed_model.model import MixedModel, mixed_model
from evalkit.inference.mixed_model.solvers import NoResidualError

__all__ = ["MixedModel", "NoResidualError", "mixed_model"]
