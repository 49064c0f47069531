"""From appraisals and ratings to scores."""

from evalkit.inference.rooms import open_room

PUBLIC = {
    "bands": "predikat_2021",
    "composite": "composite integrate_2021",
    "credit": "annual_credit coefficient periodic_credit",
    "derivation": "derive",
    "differentiation": "differentiation",
    "dimensions": "dimension_scores",
    "distribution": "attainable distribution pattern rating_counts",
    "indicators": "achievement additional iki_score skp_periodic skp_score",
    "quadrant": "predikat score_quadrant",
    "reference_values": "below_baik compare national_shares",
    "teacher": "competency_score pk_guru pk_guru_raw teacher_credit",
}

open_room(__name__, PUBLIC)
