# The public names of this room, for type checkers and editors. Written by `python -m tests.stubs`.
from evalkit.inference.claims import claim as claim
from evalkit.inference.claims import claims as claims
from evalkit.inference.cluster_covariance import cluster_regression as cluster_regression
from evalkit.inference.clustered import clustered_difference as clustered_difference
from evalkit.inference.clusters import clustered_ratio as clustered_ratio
from evalkit.inference.d_study import error_of_pairs as error_of_pairs
from evalkit.inference.d_study import generalizability as generalizability
from evalkit.inference.d_study import spearman_brown as spearman_brown
from evalkit.inference.equivalence import equivalent_means as equivalent_means
from evalkit.inference.equivalence import equivalent_shares as equivalent_shares
from evalkit.inference.exact_odds import conditional as conditional
from evalkit.inference.exact_odds import detectable_odds as detectable_odds
from evalkit.inference.exact_odds import exact_odds as exact_odds
from evalkit.inference.exact_odds import exact_p as exact_p
from evalkit.inference.intervals import clopper_pearson as clopper_pearson
from evalkit.inference.intervals import koopman as koopman
from evalkit.inference.intervals import newcombe as newcombe
from evalkit.inference.intervals import wilson as wilson
from evalkit.inference.mixed_model import MixedModel as MixedModel
from evalkit.inference.mixed_model import mixed_model as mixed_model
from evalkit.inference.multiplicity import adjust as adjust
from evalkit.inference.multiplicity import adjust_estimates as adjust_estimates
from evalkit.inference.permutation import permutation_p as permutation_p
from evalkit.inference.permutation import shuffled_labels as shuffled_labels
from evalkit.inference.randomisation import randomisation_p as randomisation_p
from evalkit.inference.results import estimates as estimates
from evalkit.inference.rooms import open_room as open_room
from evalkit.inference.strata import Strata as Strata
from evalkit.inference.strata import common_difference as common_difference
from evalkit.inference.strata import common_odds as common_odds
from evalkit.inference.strata import homogeneity as homogeneity
from evalkit.inference.strata import strata_of as strata_of
from evalkit.inference.wild_bootstrap import wild_bootstrap as wild_bootstrap
from evalkit.inference.wild_bootstrap import wild_interval as wild_interval
from evalkit.inference.wild_means import wild_of_means as wild_of_means

PUBLIC: dict[str, str]
