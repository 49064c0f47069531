"""The contracts of derived tables that only pages read; those that several rooms share stand in `tables.schema`.

`scope` is `city`, `unit`, `evaluator` or `group`; `scope_id` is empty for the city, an `opd_id`, a `person_id`, or
`attribute=value`.
"""

from __future__ import annotations

from evalkit.errors import DeriveError
from evalkit.tables.schema import PREDIKAT, RATINGS, TABLES, UNIT_PREDIKAT, Table, contract

SCOPES = ("city", "unit", "evaluator", "group")
_SCOPED = "scope! scope_id! "

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
             "person_id! period! unit_id opd_id superior_id reason! solver!", imported=False),
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
    contract("category_use", "how one evaluator uses the predikat in one period", "rater_id period",
             "rater_id! period! opd_id n:int! categories_used:int! entropy:float n_sangat_baik:int! n_below:int!",
             imported=False),
    contract("concordance", "one pair of the two ratings, of all pairs, with zeros", "scope scope_id period hasil_kerja perilaku_kerja",
             _SCOPED + "period! hasil_kerja! perilaku_kerja! n:int! n_total:int! share:float! is_equal:bool! role! reason!",
             imported=False, scope=SCOPES, hasil_kerja=RATINGS, perilaku_kerja=RATINGS),
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
             "p_adjusted:float fair_below_four_fifths:float status! reason", imported=False),
    contract("outcome_summary", "one measure of one group of an outcome study, within a stratum",
             "instrument unit_id measure attribute group",
             "instrument! unit_id! measure! attribute! group! n:int! mean:float median:float sd:float low:float high:float "
             "weight:float weighted_mean:float status!", imported=False),
    contract("outcome_periods", "one measure of an outcome study in one of its own periods", "instrument measure period",
             "instrument! measure! period! n_objects:int! total:float! rate:float", imported=False),
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
