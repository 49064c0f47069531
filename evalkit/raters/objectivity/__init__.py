"""Objectivity of raters from linked data: what a common object, an expert key or a second rater makes visible.

>>> from evalkit.raters import accuracy, adjusted_scores, halo, severity
"""

from evalkit.raters.objectivity.accuracy import accuracy
from evalkit.raters.objectivity.adjusted import AdjustedScores, adjusted_scores
from evalkit.raters.objectivity.differential import differential_functioning
from evalkit.raters.objectivity.drift import drift, rasch_drift
from evalkit.raters.objectivity.feedback import role_means, role_reliability, self_other
from evalkit.raters.objectivity.guard import SeverityFit, design_reason
from evalkit.raters.objectivity.halo import halo
from evalkit.raters.objectivity.in_service import severity_in_service
from evalkit.raters.objectivity.scale_use import scale_use
from evalkit.raters.objectivity.severity import rasch_severities, severity

__all__ = ["AdjustedScores", "SeverityFit", "accuracy", "adjusted_scores", "design_reason", "differential_functioning", "drift", "halo",
           "rasch_drift", "rasch_severities", "role_means", "role_reliability", "scale_use", "self_other", "severity", "severity_in_service"]
