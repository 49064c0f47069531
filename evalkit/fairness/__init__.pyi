# The public names of this room, for type checkers and editors. Written by `python -m tests.stubs`.
from evalkit.fairness.adverse_impact import adverse_impact as adverse_impact
from evalkit.fairness.adverse_impact import adverse_impact_counts as adverse_impact_counts
from evalkit.fairness.adverse_impact import fair_below_four_fifths as fair_below_four_fifths
from evalkit.fairness.adverse_impact import impact_estimates as impact_estimates
from evalkit.fairness.conditional_gaps import conditional_gaps as conditional_gaps
from evalkit.fairness.conditions import refuse_same_hand as refuse_same_hand
from evalkit.fairness.decomposition import decompose as decompose
from evalkit.fairness.disaggregate import attributes_at as attributes_at
from evalkit.fairness.disaggregate import disaggregate as disaggregate
from evalkit.fairness.false_claims import false_within as false_within
from evalkit.fairness.false_claims import within_p_values as within_p_values
from evalkit.fairness.gaps import rate_gaps as rate_gaps
from evalkit.fairness.gaps import standardised_gaps as standardised_gaps
from evalkit.fairness.impact_power import detectable_ratio as detectable_ratio
from evalkit.fairness.item_functioning import item_functioning as item_functioning
from evalkit.fairness.item_regression import item_regression as item_regression
from evalkit.fairness.linked_gaps import linked_gaps as linked_gaps
from evalkit.fairness.linked_gaps import linked_gaps_of as linked_gaps_of
from evalkit.fairness.linked_gaps import own_group_effect as own_group_effect
from evalkit.fairness.match_effects import match_effects as match_effects
from evalkit.fairness.missing_bounds import bounds as bounds
from evalkit.fairness.multiverse import agreement_of_specifications as agreement_of_specifications
from evalkit.fairness.multiverse import specifications as specifications
from evalkit.fairness.objections import objection_rates as objection_rates
from evalkit.fairness.true_score import components as components
from evalkit.fairness.true_score import prmse as prmse
from evalkit.fairness.true_score import true_score_gaps as true_score_gaps
from evalkit.fairness.within_adjusted import within_rater_adjusted as within_rater_adjusted
from evalkit.fairness.within_equivalence import within_equivalence as within_equivalence
from evalkit.fairness.within_rater import within_rater as within_rater

PUBLIC: dict[str, str]
