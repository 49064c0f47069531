"""Who is scored how."""

from evalkit.inference.rooms import open_room

PUBLIC = {
    "adverse_impact": "adverse_impact adverse_impact_counts fair_below_four_fifths impact_estimates",
    "conditional_gaps": "conditional_gaps",
    "conditions": "refuse_same_hand",
    "decomposition": "decompose",
    "disaggregate": "attributes_at disaggregate",
    "false_claims": "false_within within_p_values",
    "gaps": "rate_gaps standardised_gaps",
    "impact_power": "detectable_ratio",
    "item_functioning": "item_functioning",
    "item_regression": "item_regression",
    "linked_gaps": "linked_gaps linked_gaps_of own_group_effect",
    "match_effects": "match_effects",
    "missing_bounds": "bounds",
    "multiverse": "agreement_of_specifications specifications",
    "objections": "objection_rates",
    "true_score": "components prmse true_score_gaps",
    "within_adjusted": "within_rater_adjusted",
    "within_equivalence": "within_equivalence",
    "within_rater": "within_rater",
}

open_room(__name__, PUBLIC)
