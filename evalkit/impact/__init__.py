"""What a training changed: how people were sent picks the design, checks come first, and an effect whose check failed is withheld."""

from evalkit.inference.rooms import open_room

PUBLIC = {
    "ancova": "ancova",
    "assess": "assess",
    "assignment": "read_assignment side_of_cut",
    "attrition": "allowed_difference attrition chance_of_low lee_bounds manski_bounds",
    "baseline_equivalence": "band_of baseline_equivalence",
    "by_list": "judge_list lot_check",
    "compliers": "complier_effect",
    "diff_in_diff": "contrasts event_study event_weights group_time overall_weights",
    "discontinuity": "density_at_cut discontinuity",
    "lot": "Lot chances redrawn redrawn_p redraws",
    "needs": "competence_needs hours_due key_levels",
    "panel": "keep make_panel",
    "parallel_forms": "one_form_each",
    "plan": "Happened TrainingPlan deviations read_plan",
    "power": "Design clusters_for intraclass power_curve power_of smallest_effect",
    "power_of_cut": "cut_design_effect",
    "power_of_lot": "LotSight lot_sight",
    "power_of_waves": "lot_information wave_factors",
    "question": "Question",
    "rater_outcomes": "rater_outcomes",
    "regression_to_mean": "dip_test selection_alone",
    "smoothness": "smoothness_interval",
    "trend_sensitivity": "trend_sensitivity",
    "verdict": "Check Effect Verdict adjust_verdicts withhold",
    "waiting": "until_last_wave",
    "waves": "draw_waves ticket",
}

open_room(__name__, PUBLIC)
