"""Evaluator objectivity: the ladder of evidence first.

>>> from evalkit.raters import accuracy, halo, many_facet_rasch, severity
"""

from evalkit.inference.rooms import open_room
from evalkit.raters.objectivity import (
    AdjustedScores,
    SeverityFit,
    accuracy,
    adjusted_scores,
    design_reason,
    differential_functioning,
    drift,
    halo,
    rasch_drift,
    rasch_severities,
    role_means,
    role_reliability,
    scale_use,
    self_other,
    severity,
    severity_in_service,
)

__all__ = ["AdjustedScores", "SeverityFit", "accuracy", "adjusted_scores", "design_reason", "differential_functioning", "drift", "halo",
           "rasch_drift", "rasch_severities", "role_means", "role_reliability", "scale_use", "self_other", "severity", "severity_in_service"]

PUBLIC = {
    "between": "agreement_between variance_between",
    "carry_over": "carried_over repeated_teams transitions",
    "clustering": "clustering_test evaluator_bands",
    "clustering_power": "smallest_spread spread_of_design",
    "concordance": "concordance share_equal",
    "connectedness": "components_within connectedness",
    "differentiation": "category_use entropy_yardstick",
    "false_claims": "false_clustering false_rotation",
    "identification": "identify",
    "ladder": "LadderSettings",
    "leave_out": "effect_spread",
    "leave_out_variance": "leave_out_variance",
    "linked": "identify_linked",
    "linked_severity": "linked_severity whole_categories",
    "links": "leave_out_sets",
    "many_facet_rasch": "ManyFacetRasch MarginalRasch many_facet_rasch marginal_rasch",
    "matches": "linked_matches",
    "planted": "planted_outcomes",
    "power": "detectable detectable_spread",
    "rotation": "rotation_effect rotation_spread",
    "teams": "team_panel",
    "third_moment": "third_moment",
    "variance_between": "evaluator_spread",
}

open_room(__name__, PUBLIC)
