"""The contracts of derived tables that only pages read; those that several rooms share stand in `tables.schema`.

`scope` is `city`, `unit`, `evaluator` or `group`; `scope_id` is empty for the city, an `opd_id`, a `person_id`, or
`attribute=value`.
"""

from __future__ import annotations

from evalkit.errors import DeriveError
from evalkit.tables.schema import DECISIONS, OBJECTION_LEVELS, PREDIKAT, RATINGS, TABLES, UNIT_PREDIKAT, Table, contract

SCOPES = ("city", "unit", "evaluator", "group")
_SCOPED = "scope! scope_id! "
# The frame of estimates of `inference.results`; the audience is that of the table.
_ESTIMATES = ("measure! term! group! scope_id! period! estimand role! unit null_value:float estimate:float std_error:float df:float "
              "conf_level:float conf_low:float conf_high:float p_value:float p_adjusted:float family n:int n_raters:int method status! "
              "reason audience")

_OWN = (
    contract("units_current", "one unit with its office, as of the end of the period", "unit_id",
             "unit_id! opd_id! name! opd_name! kind slug!", imported=False),
    contract("roster", "one expected person in one period, with what was rated", "person_id period",
             "person_id! period! population! instrument! unit_id opd_id superior_id rated_by_id hasil_kerja perilaku_kerja predikat "
             "is_rated:bool! is_head:bool! is_rule_determined:bool! rated_at:timestamp post_type post_title sex employment "
             "birth_year:int grade appraisal_id", imported=False, hasil_kerja=RATINGS, perilaku_kerja=RATINGS, predikat=PREDIKAT),
    contract("coverage", "how complete one scope is in one period", "scope scope_id period",
             _SCOPED + "period! expected:int! rated:int! missing:int! share_rated:float due_at:date days_left:int "
             "due_confirmed:bool! faults_open:int evaluators_waited:int evaluators:int units_waited:int", imported=False,
             scope=SCOPES),
    contract("unrated", "one expected person without a result in the period", "person_id period",
             "person_id! period! unit_id opd_id superior_id post_title reason! solver!", imported=False),
    contract("unrated_counts", "one reason why people of a scope have no result", "scope scope_id period reason",
             _SCOPED + "period! reason! solver! n:int!", imported=False, scope=SCOPES),
    contract("waiting", "one evaluator whose people are not all rated", "rater_id period",
             "rater_id! period! code! opd_id! missing:int! due:int!", imported=False),
    contract("progress", "one day of the rating of one scope", "scope scope_id day",
             _SCOPED + "day:date! rated:int! expected:int! due_at:date", imported=False, scope=SCOPES),
    contract("denominator", "one step from the list of employees to those who are expected", "period step",
             "period! step! order:int! n:int! reason!", imported=False),
    contract("distribution", "one predikat in one scope and period", "scope scope_id period predikat",
             _SCOPED + "period! predikat! n:int! rated:int! expected:int! missing:int! share_low:float share_high:float",
             imported=False, scope=SCOPES, predikat=PREDIKAT),
    contract("rating_counts", "one pair of the two ratings in one scope and period",
             "scope scope_id period hasil_kerja perilaku_kerja",
             _SCOPED + "period! hasil_kerja! perilaku_kerja! n:int!", imported=False, scope=SCOPES,
             hasil_kerja=RATINGS, perilaku_kerja=RATINGS),
    contract("pattern", "one rule of the distribution pattern for one unit", "scope_id period rule",
             "scope_id! opd_id! period! rule! order:int! unit_predikat! counted! count:int! n_rated:int! limit_share:float "
             "limit_count:int bound! met:bool attainable:bool! confirmed:bool!", imported=False, unit_predikat=UNIT_PREDIKAT,
             bound=("max", "min", "majority", "any")),
    contract("pattern_marks", "one unit without its name, among units of the same predikat", "period unit_predikat mark",
             "period! unit_predikat! mark:int! n_rated:int! share_sangat_baik:float share_baik:float share_below:float "
             "share_butuh_perbaikan:float met:bool",
             imported=False, unit_predikat=UNIT_PREDIKAT),
    contract("history", "one measure of one scope in one period, against the usual variation of earlier ones",
             "scope scope_id measure period",
             _SCOPED + "measure! period! count:int expected:int missing:int share:float share_high:float centre:float lower:float "
             "upper:float outside:bool n_periods:int! status! reason", imported=False, scope=SCOPES,
             status=("estimated", "not_estimable")),
    contract("dimension_summary", "one dimension of one scope and period", "scope scope_id period dimension",
             _SCOPED + "period! dimension! status! n:int! above:int meets:int below:int mean:float scale_max:float source "
             "needed reason", imported=False, scope=SCOPES, status=("measured", "not_measured")),
    contract("objection_cases", "one objection with the person, the office and the groups it belongs to", "appraisal_id filed_at",
             "appraisal_id! filed_at:date! period! link! person_id population instrument unit_id opd_id superior_id rated_by_id "
             "post_type employment sex birth_year:int grade level due_at:date decided_at:date decision is_decided:bool! "
             "is_granted:bool is_late:bool predikat_before predikat_after new_version:int", imported=False, level=OBJECTION_LEVELS,
             decision=DECISIONS, link=("by_id", "by_person", "none"), predikat_before=PREDIKAT, predikat_after=PREDIKAT),
    contract("category_use", "how one evaluator uses the predikat in one period", "rater_id period",
             "rater_id! period! opd_id n:int! categories_used:int! entropy:float n_sangat_baik:int! n_below:int!",
             imported=False),
    contract("use_counts", "evaluators of one scope who use so many different predikat", "scope scope_id period categories_used is_large",
             _SCOPED + "period! categories_used:int! is_large:bool! n_raters:int!", imported=False, scope=SCOPES),
    contract("concordance", "one pair of the two ratings, of all pairs, with zeros", "scope scope_id period hasil_kerja perilaku_kerja",
             _SCOPED + "period! hasil_kerja! perilaku_kerja! n:int! n_total:int! share:float! is_equal:bool! role! reason!",
             imported=False, scope=SCOPES, hasil_kerja=RATINGS, perilaku_kerja=RATINGS),
    contract("evaluator_effects", "one estimate on the evaluators of the city, for one outcome", "measure term group scope_id period",
             _ESTIMATES, imported=False),
    contract("unit_effects", "one estimate on the takeovers of teams in one office", "scope scope_id period measure term",
             _SCOPED + "period! measure! term! role! unit null_value:float estimate:float std_error:float df:float conf_level:float "
             "conf_low:float conf_high:float p_value:float n:int n_raters:int method status! reason", imported=False, scope=SCOPES),
    contract("detectable", "what the design could find on one question and outcome", "question outcome period",
             "question! outcome! period! rung:int! rung_reached:int minimum_detectable_effect:float n:int status! reason next_step "
             "next_step_hours:float", imported=False),
    contract("evaluator_marks", "evaluators with so many people and so many of them with the outcome", "outcome n count",
             "outcome! n:int! count:int! n_raters:int!", imported=False),
    contract("evaluator_band", "where the share of an evaluator with so many people lies under blind labels", "outcome n",
             "outcome! n:int! n_raters:int! expected:float! low:float! high:float! outside:int! outside_expected:float!", imported=False),
    contract("clustering_draws", "one range of pairs that shuffles give for one outcome", "outcome low",
             "outcome! low:float! high:float! n:int!", imported=False),
    contract("carry_over", "one result and the one before it, in one scope, by whether the evaluator stays",
             "scope scope_id period evaluator before after",
             _SCOPED + "period! period_before! evaluator! before! after! n:int! n_before:int! share:float!", imported=False,
             scope=SCOPES, evaluator=("stays", "changes"), before=PREDIKAT, after=PREDIKAT),
    contract("fairness_groups", "one outcome of one group of people, or of one cell of two attributes, in one scope",
             "scope scope_id period instrument outcome attribute group",
             _SCOPED + "period! instrument! outcome! attribute! group! n:int! rated:int! count:int share:float role! status! reason",
             imported=False, scope=SCOPES),
    contract("fairness_estimates", "one number on the gap between a group and its reference, in one scope",
             "scope scope_id period instrument outcome measure term group estimand",
             _SCOPED + "period! instrument! outcome! measure! term! group! estimand! role! unit null_value:float estimate:float "
             "std_error:float df:float conf_level:float conf_low:float conf_high:float p_value:float p_adjusted:float family "
             "family_size:int n:int n_raters:int method status! reason audience", imported=False, scope=SCOPES),
    contract("fairness_details", "one number of a closer look at groups in the city: a gap taken apart, an item of a form, levels of people",
             "analysis instrument outcome attribute group measure term estimand",
             "analysis! instrument! outcome! attribute! group! measure! term! estimand! period! role! unit null_value:float estimate:float "
             "std_error:float df:float conf_level:float conf_low:float conf_high:float p_value:float p_adjusted:float family n:int method "
             "status! reason", imported=False),
    contract("fairness_objections", "one rate of objections in one group, over the periods of the window",
             "scope scope_id period instrument rate attribute group",
             _SCOPED + "period! instrument! rate! attribute! group! n:int rated:int count:int share:float role! status! reason",
             imported=False, scope=SCOPES, rate=("filed", "decided", "granted", "late")),
    contract("false_claims", "one statement on one outcome, made of this office's own data with labels permuted", "statement outcome",
             "statement! outcome! draws:int! found:int! share:float conf_low:float conf_high:float target:float! status! reason", imported=False,
             status=("estimated", "not_estimable")),
    contract("linked_severity", "one number on the severity of one rater, or of all, on one linked instrument",
             "instrument model measure term group period", "instrument! model! " + _ESTIMATES, imported=False),
    contract("linked_accuracy", "one number on accuracy, halo or use of the scale of one rater, or of all, on one linked instrument",
             "instrument measure term group period", "instrument! " + _ESTIMATES, imported=False),
    contract("linked_map", "one object, rater, item or threshold on the logit scale of one linked instrument", "instrument facet mark",
             "instrument! facet! mark:int! label! object_kind! measure:float! std_error:float infit:float largest_residual:float!", imported=False,
             facet=("object", "rater", "item", "threshold")),
    contract("linked_scores", "the severity-adjusted score of one person on one linked instrument", "instrument object_id period",
             "instrument! object_id! period! n_ratings:float n_raters:int observed:float adjusted:float std_error:float "
             "std_error_severities:float conf_low:float conf_high:float measure:float measure_std_error:float status! reason", imported=False),
    contract("collected_reliability", "one number on how far one collected instrument can be trusted, for the city",
             "instrument measure term group period", "instrument! " + _ESTIMATES, imported=False),
    contract("fairness_survey", "what respondents say on one question of the survey of perceived fairness, all or one coarse group",
             "period question group", "period! question! group! n:int mean:float share:float alpha:float conf_low:float conf_high:float "
             "status! reason", imported=False, status=("estimated", "withheld")),
    contract("double_agreement", "one number on agreement of first and blind second ratings", "measure term group period", _ESTIMATES,
             imported=False),
    contract("double_pairs", "one pair of a first and a blind second rating, with zeros", "item first second",
             "item! first! second! n:int!", imported=False, first=RATINGS, second=RATINGS),
    contract("severity_and_service", "one number on severity on an instrument and in service", "instrument measure term group period",
             "instrument! " + _ESTIMATES, imported=False),
    contract("feedback_360", "what one role says on one item in one scope", "scope scope_id period instrument role item",
             _SCOPED + "period! instrument! role! item! merged! mean:float sd:float n_objects:int n_raters:int status! reason", imported=False,
             scope=SCOPES, status=("estimated", "withheld")),
    contract("feedback_estimates", "one number on self and others, or on how far raters of a role agree, in one scope",
             "scope scope_id period instrument measure term group", "scope! instrument! " + _ESTIMATES, imported=False, scope=SCOPES),
    contract("fault_counts", "one rule of the data check in one office", "opd_id rule",
             "opd_id! rule! severity! rows:int! open:int!", imported=False),
    contract("evidence", "how far one question can be answered", "scope scope_id period question",
             _SCOPED + "period! question! order:int! role! strength:int! reason!", imported=False, scope=SCOPES),
    contract("rating_distribution", "one value or band of values of one item", "scope scope_id instrument item order",
             _SCOPED + "instrument! item! order:int! low:float! high:float! n:int! n_total:int! share:float! is_band:bool!",
             imported=False),
    contract("rating_units", "one unit of a rating study", "instrument unit_id item",
             "instrument! unit_id! opd_id! item! n:int! n_objects:int! n_raters:int! mean:float! median:float! sd:float",
             imported=False),
    contract("rating_raters", "one rater of a rating study", "instrument rater_id item",
             "instrument! rater_id! item! n:int! n_objects:int! median:float! categories_used:int! is_constant:bool!",
             imported=False),
    contract("rating_objects", "how many raters the objects of a rating study have", "instrument item n_raters",
             "instrument! item! n_raters:int! n_objects:int!", imported=False),
    contract("rating_rungs", "one of the rungs 1 to 3 of one instrument with raters", "instrument rung",
             "instrument! rung:int! is_met:bool! reason! n:int! attributes", imported=False),
    contract("outcome_rates", "one group and one mark of an outcome study, within a stratum",
             "instrument unit_id outcome attribute group",
             "instrument! unit_id! outcome! attribute! group! is_favourable:bool! reference n:int! count:int rate:float "
             "outcome_ratio:float impact_ratio:float conf_low:float conf_high:float below_four_fifths:bool p_value:float "
             "p_adjusted:float fair_below_four_fifths:float detectable_below:float detectable_above:float status! reason", imported=False),
    contract("outcome_summary", "one measure of one group of an outcome study, within a stratum",
             "instrument unit_id measure attribute group",
             "instrument! unit_id! measure! attribute! group! n:int! mean:float median:float sd:float low:float high:float "
             "weight:float weighted_mean:float reference mean_difference:float standardised_mean_difference:float status!", imported=False),
    contract("outcome_periods", "one measure of an outcome study in one of its own periods", "instrument measure period",
             "instrument! measure! period! n_objects:int! total:float! rate:float", imported=False),
    contract("personal_people", "one person who gets a page of the period", "person_id",
             "person_id! period! population! instrument eligible:bool! reason unrated_reason solver unit_id unit_name opd_id opd_name "
             "opd_slug post_title is_head:bool! is_rule_determined:bool! derivation!", imported=False),
    contract("personal_appraisals", "one appraisal of one person in the period, as it stands now and what it said before", "appraisal_id",
             "appraisal_id! person_id! period! order:int! status! version:int! unit_id unit_name opd_id opd_name opd_slug post_title "
             "is_acting:bool! is_rule_determined:bool! instrument hasil_kerja perilaku_kerja predikat unit_predikat rated_by_kind "
             "rated_at:timestamp exported_at:timestamp! revision_reason before_hasil_kerja before_perilaku_kerja before_predikat "
             "changed_at:timestamp objection_filed_at:date objection_decided_at:date objection_decision derivation!", imported=False,
             status=("official", "earlier_post", "acting", "withdrawn"), hasil_kerja=RATINGS, perilaku_kerja=RATINGS, predikat=PREDIKAT),
    contract("derivation_steps", "one step of one way to a result", "derivation order",
             "derivation! order:int! step! source! instrument! confirmed:bool! values! words!", imported=False),
    contract("personal_history", "the official result of one person in one period", "person_id period",
             "person_id! period! instrument hasil_kerja perilaku_kerja predikat", imported=False),
    contract("personal_scores", "one measure of one person in one dimension", "person_id period instrument dimension score_kind",
             "person_id! period! instrument! dimension! score_kind! score:float scale_min:float scale_max:float std_error:float "
             "n_items:int n_raters:int status! reason", imported=False, status=("measured", "not_measured", "withheld")),
    contract("personal_indicators", "one indicator of one person's plan", "person_id period indicator",
             "person_id! period! indicator! aspect direction target_low:float target_high:float actual:float met:bool", imported=False),
    contract("personal_holdings", "one kind of data held about one person", "person_id kind",
             "person_id! kind! order:int! n:int! first last layouts", imported=False),
    contract("mirror", "the team of one evaluator in one period", "rater_id period",
             "rater_id! period! opd_id expected:int! rated:int! missing:int! by_other:int! "
             + " ".join(f"n_{p}:int!" for p in PREDIKAT), imported=False),
    contract("training_people", "one person on the lists of one course", "course person_id",
             "course! person_id! unit_id audience assigned_by score:float cut:float wave:int invited:bool! attended_hours:float completed:bool "
             "start:date end:date hours:float first_treated", imported=False),
    contract("training_courses", "one course with all its classes, and its plan", "course",
             "course! name! audience! assigned_by first_start:date last_end:date hours:float enrolled:int! invited:int! completed:int! units:int! "
             "waves:int! here:bool! plan_state! plan_digest lot plan_saved_at:date primary direction outcomes smallest:float cost:float "
             "reaction_n:int reaction_mean:float",
             imported=False, audience=("staff", "evaluator"), plan_state=("none", "draft", "frozen", "changed")),
    contract("training_deviations", "one way in which a course left its frozen plan", "course order",
             "course! order:int! code! planned happened", imported=False),
    contract("training_outcomes", "one measure of one person in one period that a training could change",
             "person_id period audience outcome turn",
             "person_id! period! audience! outcome! turn:int! value:float! n:int unit_id rater_id form", imported=False,
             audience=("staff", "evaluator")),
    contract("training_hours", "hours of courses in the year, in one scope", "scope scope_id period",
             _SCOPED + "period! year:int! n:int! with_rule:int! below:int! hours_due:float! at_most:int! mean_hours:float", imported=False,
             scope=SCOPES),
    contract("training_needs", "one competence in one scope", "scope scope_id period audience source competence",
             _SCOPED + "period! audience! kind! competence! source! measured_in! n:int! below:int level:float gain:float status! "
             "reason label_id label_en source_id source_en",
             imported=False, scope=SCOPES, audience=("staff", "evaluator"), kind=("indicators", "item", "subscore", "total", "vignettes"),
             status=("estimated", "withheld")),
    contract("training_design", "what one comparison of a course could show", "course variant",
             "course! variant! order:int! seats:int people:int units:int drawn share:float waves sizes told:float inflation:float shown:float "
             "icc:float pre:float attrition:float sd:float n_measured:int outcome smallest_of_use:float smallest_sd:float smallest_unit:float "
             "chance:float way assumed stated status! reason", imported=False, status=("estimated", "not_estimable")),
    contract("training_waves", "one wave of the plan of one course", "course wave", "course! wave:int! seats:int! start:date seed:int!",
             imported=False),
    contract("training_impact", "one fact about one outcome of one course: its verdict, a check, a rule, an event, a mean", "course outcome order",
             "course! outcome! order:int! part! name! status! reason value:float low:float high:float n:int facts", imported=False,
             part=("verdict", "check", "described", "bound", "leaver", "second_opinion", "alone", "event", "trend", "mean", "left_out")),
    contract("training_curve", "the chance of finding an effect of one size", "course variant step",
             "course! variant! step:int! effect_sd:float! effect_unit:float chance:float!", imported=False),
    contract("rules", "one thing that an instrument of the cycle says", "instrument key",
             "instrument! key! value! source! confirmed:bool!", imported=False),
)
CONTRACTS: dict[str, Table] = {t.name: t for t in _OWN}


def contract_of(name: str) -> Table:
    """Give the contract of a derived or imported table.

    Raises
    ------
    DeriveError
        If no table has this name.

    Examples
    --------
    >>> contract_of("coverage").key
    ('scope', 'scope_id', 'period')
    """
    table = CONTRACTS.get(name) or TABLES.get(name)
    if table is None:
        raise DeriveError(f"No table is named {name!r}.")
    return table
