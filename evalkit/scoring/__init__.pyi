# The public names of this room, for type checkers and editors. Written by `python -m tests.stubs`.
from evalkit.scoring.bands import predikat_2021 as predikat_2021
from evalkit.scoring.composite import composite as composite
from evalkit.scoring.composite import integrate_2021 as integrate_2021
from evalkit.scoring.credit import annual_credit as annual_credit
from evalkit.scoring.credit import coefficient as coefficient
from evalkit.scoring.credit import periodic_credit as periodic_credit
from evalkit.scoring.derivation import derive as derive
from evalkit.scoring.differentiation import differentiation as differentiation
from evalkit.scoring.dimensions import dimension_scores as dimension_scores
from evalkit.scoring.distribution import attainable as attainable
from evalkit.scoring.distribution import distribution as distribution
from evalkit.scoring.distribution import pattern as pattern
from evalkit.scoring.distribution import rating_counts as rating_counts
from evalkit.scoring.indicators import achievement as achievement
from evalkit.scoring.indicators import additional as additional
from evalkit.scoring.indicators import iki_score as iki_score
from evalkit.scoring.indicators import skp_periodic as skp_periodic
from evalkit.scoring.indicators import skp_score as skp_score
from evalkit.scoring.quadrant import predikat as predikat
from evalkit.scoring.quadrant import score_quadrant as score_quadrant
from evalkit.scoring.reference_values import below_baik as below_baik
from evalkit.scoring.reference_values import compare as compare
from evalkit.scoring.reference_values import national_shares as national_shares
from evalkit.scoring.teacher import competency_score as competency_score
from evalkit.scoring.teacher import pk_guru as pk_guru
from evalkit.scoring.teacher import pk_guru_raw as pk_guru_raw
from evalkit.scoring.teacher import teacher_credit as teacher_credit

PUBLIC: dict[str, str]
