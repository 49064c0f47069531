"""Statistical ground: results, intervals, permutation, multiplicity. Knows no evaluation data."""

from evalkit.inference.rooms import open_room

PUBLIC = {
    "claims": "claim claims",
    "cluster_covariance": "cluster_regression",
    "clustered": "clustered_difference",
    "clusters": "clustered_ratio",
    "d_study": "error_of_pairs generalizability spearman_brown",
    "equivalence": "equivalent_means equivalent_shares",
    "exact_odds": "conditional detectable_odds exact_odds exact_p",
    "intervals": "clopper_pearson koopman newcombe wilson",
    "mixed_model": "MixedModel mixed_model",
    "multiplicity": "adjust adjust_estimates",
    "odds_power": "detectable_common_odds",
    "permutation": "permutation_p shuffled_labels",
    "randomisation": "randomisation_p",
    "results": "estimates",
    "strata": "Strata common_difference common_odds homogeneity strata_of",
    "wild_bootstrap": "wild_bootstrap wild_interval",
    "wild_means": "wild_of_means",
}

open_room(__name__, PUBLIC)
