"""How far scores can be trusted: agreement, internal consistency, intraclass correlation, generalizability, subscores, decisions.

>>> from evalkit.reliability import cohen_kappa, cronbach_alpha, from_crosstab, from_wide, icc
"""

from evalkit.reliability.agreement import agreement_coefficients, weight_matrix
from evalkit.reliability.beta_binomial import beta_binomial_consistency
from evalkit.reliability.decision_consistency import decision_consistency
from evalkit.reliability.generalizability import GStudy, g_study
from evalkit.reliability.internal_consistency import cronbach_alpha, mcdonald_omega, standard_error_of_measurement
from evalkit.reliability.intraclass import icc, icc_incomplete
from evalkit.reliability.kappa import cohen_kappa
from evalkit.reliability.krippendorff import krippendorff_alpha
from evalkit.reliability.long_form import from_category_counts, from_crosstab, from_wide
from evalkit.reliability.subscores import subscore_value

__all__ = ["GStudy", "agreement_coefficients", "beta_binomial_consistency", "cohen_kappa", "cronbach_alpha", "decision_consistency",
           "from_category_counts", "from_crosstab", "from_wide", "g_study", "icc", "icc_incomplete", "krippendorff_alpha", "mcdonald_omega",
           "standard_error_of_measurement", "subscore_value", "weight_matrix"]
