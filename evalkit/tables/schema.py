"""The contracts of the tables: what a row is, its key, each column's type and admissible values.

Every room that reads or writes a table reads it here. Text is `string`, counts `int`, periods follow the
grammar of `evalkit.tables.periods` (`2026-09`, `2026-Q3`, `2026-S2`, `2026`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd
import pyarrow as pa

from evalkit.errors import TableError

Kind = Literal["string", "int", "float", "bool", "date", "timestamp"]

RATINGS = ("di_bawah", "sesuai", "di_atas")
PREDIKAT = ("sangat_kurang", "kurang", "butuh_perbaikan", "baik", "sangat_baik")
UNIT_PREDIKAT = ("sangat_kurang", "kurang", "butuh_perbaikan", "baik", "istimewa")
EMPLOYMENT = ("pns", "pppk", "pppk_paruh_waktu")
POST_TYPES = ("struktural", "fungsional", "pelaksana")
OBJECT_KINDS = ("employee", "vignette", "lesson", "course", "performance", "proposal", "candidate", "group", "unit")
SEVERITIES = ("error", "warning")
OBJECTION_LEVELS = ("pejabat_penilai", "atasan_pejabat_penilai", "tingkat_1", "tingkat_2", "tingkat_3")
DECISIONS = ("diubah", "tetap", "tidak_diterima", "dicabut")
DISCIPLINE = ("ringan", "sedang", "berat")
DIRECTIONS = ("more", "less")

_ARROW: dict[str, pa.DataType] = {"string": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(),
                                  "date": pa.date32(), "timestamp": pa.timestamp("s")}


@dataclass(frozen=True)
class Column:
    """One column: `required` columns are never missing; `allowed` closes the list of values."""

    name: str
    kind: Kind = "string"
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table contract: what a row is, the columns that identify it, and every column."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    imported: bool = True
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(c.name for c in self.columns))

    def arrow(self) -> pa.Schema:
        """Give the Arrow schema: the order and the types in which the table is stored."""
        return pa.schema([pa.field(c.name, _ARROW[c.kind]) for c in self.columns])

    def empty(self) -> pd.DataFrame:
        """Give the table with no rows, with its columns and types."""
        return frame_of(self.arrow().empty_table())

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give a copy of `frame` in the contract's order and types; missing optional columns are added.

        Raises
        ------
        TableError
            Names the first column that is unknown, missing where required, of a type that cannot be
            converted, or outside its closed list, and a key that stands twice.
        """
        unknown = [c for c in frame.columns if c not in self.names]
        if unknown:
            raise TableError(f"Table {self.name} has no column {unknown[0]!r}; its columns are {', '.join(self.names)}.")
        data = {c.name: frame[c.name] if c.name in frame.columns else pd.Series([None] * len(frame), index=frame.index)
                for c in self.columns}
        arrays = [self._array(c, data[c.name]) for c in self.columns]
        table = pa.Table.from_arrays(arrays, schema=self.arrow())
        result = frame_of(table)
        if self.key and result.duplicated(list(self.key)).any():
            raise TableError(f"Table {self.name}: the key ({', '.join(self.key)}) stands twice.")
        return result

    def _array(self, column: Column, values: pd.Series) -> pa.Array:
        try:
            array = pa.Array.from_pandas(values, type=_ARROW[column.kind])
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            raise TableError(f"Table {self.name}, column {column.name}: not all values are of type {column.kind}.") from error
        if column.required and array.null_count:
            raise TableError(f"Table {self.name}, column {column.name}: {array.null_count} of {len(array)} rows have no value.")
        if column.allowed:
            found = set(array.unique().drop_null().to_pylist()) - set(column.allowed)
            if found:
                raise TableError(f"Table {self.name}, column {column.name}: {len(found)} value(s) outside "
                                 f"{', '.join(column.allowed)}.")
        return array


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Turn an Arrow table into a frame with Arrow-backed types, so that nothing changes on the way to Parquet and back."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype, use_threads=False)
    return frame


def contract(name: str, row: str, key: str, columns: str, imported: bool = True, **allowed: tuple[str, ...]) -> Table:
    """Make a contract from the short form of its columns: 'name', 'name:kind', with '!' behind what is required.

    Examples
    --------
    >>> contract("days", "one day", "day", "day:date! n:int!", imported=False).names
    ('day', 'n')
    """
    own = []
    for word in columns.split():
        required = word.endswith("!")
        label, _, kind = word.removesuffix("!").partition(":")
        own.append(Column(label, kind or "string", required, allowed.get(label, ())))  # type: ignore[arg-type]  # checked by a test
    if imported:
        own += [Column("import_id", "string", True), Column("row", "int")]
    return Table(name, row, tuple(key.split()), tuple(own), imported)


_APPRAISAL = ("appraisal_id! version:int! person_id! period! unit_id opd_id post_title post_type is_acting:bool! superior_id "
              "rated_by_id rated_by_kind hasil_kerja perilaku_kerja predikat grade employment instrument! rated_at:timestamp "
              "exported_at:timestamp! revision_reason plan_start:date plan_end:date")
_ALL = (
    contract("imports", "one file taken in, once", "import_id",
           "import_id! sha256! file! kind! layout! scope! period exported_at:timestamp received_at:timestamp! rows:int! "
           "rows_read:int! rows_refused:int! faults:int! supersedes", imported=False),
    contract("faults", "one fault of one cell or row", "fault_id",
           "fault_id! import_id file sheet row:int column value rule! remedy! severity! unit_id period record_key text status! "
           "first_seen:timestamp! last_seen:timestamp!", imported=False,
           severity=SEVERITIES, status=("open", "corrected", "waived", "gone")),
    contract("corrections", "one value put right by a person", "correction_id",
           "correction_id! table! record_key! column! old new reason by at:timestamp! fault_id"),
    contract("withdrawals", "one record that a later full list no longer holds", "table record_key exported_at",
             "table! record_key! period exported_at:timestamp!"),
    contract("aliases", "one person_id that turned out to be another's", "person_id", "person_id! same_as!"),
    contract("periods", "one period of one population", "population period",
           "population! period! kind! start:date! end:date! due_at:date instrument!", imported=False),
    contract("units", "one unit while it has one name and parent", "unit_id valid_from",
           "unit_id! valid_from:date! valid_to:date parent_id opd_id name! kind district"),
    contract("person_attributes", "one person while nothing of her changes", "person_id valid_from",
           "person_id! valid_from:date! valid_to:date sex birth_year:int employment grade education post_type legal_status",
           sex=("F", "M"), employment=EMPLOYMENT, post_type=POST_TYPES),
    contract("assignments", "one person in one post", "person_id unit_id post_title valid_from",
           "person_id! unit_id! post_title! valid_from:date! valid_to:date is_acting:bool! superior_id is_head:bool school"),
    contract("exclusions", "one reason why a person is not expected", "person_id valid_from reason",
           "person_id! valid_from:date! valid_to:date reason!"),
    contract("skp_plans", "one plan (SKP) of one person", "skp_id exported_at",
           "skp_id! person_id! unit_id post_title year:int skp_status skp_model is_acting:bool start:date end:date "
           "exported_at:timestamp!"),
    contract("appraisals", "one version of one appraisal", "appraisal_id version",
           _APPRAISAL,
           hasil_kerja=RATINGS, perilaku_kerja=RATINGS, predikat=PREDIKAT, employment=EMPLOYMENT,
           rated_by_kind=("superior", "other", "unknown")),
    contract("unit_predikat", "the predikat of one unit in one period", "unit_id period version",
           "unit_id! period! version:int! predikat! set_by set_at:date exported_at:timestamp", predikat=UNIT_PREDIKAT),
    contract("ratings", "one answer of one rater on one item", "instrument object_id rater_id item occasion period",
           "instrument! object_id! object_kind! rater_id! rater_role item! occasion! period! is_blind_second:bool form_version "
           "rating:float answered_at:timestamp unit_id", object_kind=OBJECT_KINDS),
    contract("object_attributes", "one attribute of one object of a rating or outcome file", "instrument object_id attribute",
           "instrument! object_id! object_kind! attribute! value", object_kind=OBJECT_KINDS),
    contract("rater_attributes", "one attribute of one rater of a rating file", "instrument rater_id attribute",
           "instrument! rater_id! attribute! value"),
    contract("outcomes", "one outcome of one object where no rater is seen: a test score, a mean, a count",
           "instrument object_id measure period",
           "instrument! object_id! object_kind! period! measure! value:float n:int n_expected:int unit_id",
           object_kind=OBJECT_KINDS),
    contract("indicators", "one indicator of one object", "object_id period indicator",
           "object_id! object_kind! period! indicator! aspect direction target_low:float target_high:float actual:float "
           "weight:float is_maximum:bool", object_kind=OBJECT_KINDS, direction=DIRECTIONS),
    contract("vignette_key", "the expert rating of one item of one vignette", "instrument object_id item",
           "instrument! object_id! item! expert_rating:float! n_experts:int! spread:float form form_version"),
    contract("survey_responses", "one answer of one respondent, whom nothing links to a person", "instrument respondent_id period question",
           "instrument! respondent_id! period! question! response:float coarse_group course_id form_version"),
    contract("attendance", "one person in one month", "person_id month",
           "person_id! month! days_due:int! days_absent:int! late_minutes:int"),
    contract("discipline", "one case", "case_id", "case_id! person_id! level! from:date! to:date", level=DISCIPLINE),
    contract("courses", "one course", "course_id",
           "course_id! name! audience start:date end:date hours:float wave:int plan_digest"),
    contract("enrolments", "one person in one course", "person_id course_id",
           "person_id! course_id! assigned_by score:float cut:float wave:int invited:bool attended_hours:float completed:bool"),
    contract("objections", "one objection to one appraisal; where the list names person and period only, the id stands for them",
           "appraisal_id filed_at",
           "appraisal_id! filed_at:date! level due_at:date decided_at:date decision new_version:int person_id period",
           level=OBJECTION_LEVELS, decision=DECISIONS),
    # ---- derived tables that several rooms share
    contract("population", "one person who is or is not expected to be rated in one period", "person_id period",
           "person_id! period! population! eligible:bool! reason unit_id opd_id superior_id is_head:bool! "
           "is_rule_determined:bool! post_type post_title employment sex birth_year:int grade", imported=False),
    contract("appraisals_current", "the latest version of one appraisal, as of a date", "appraisal_id",
           _APPRAISAL + " is_official:bool!", imported=False,
           hasil_kerja=RATINGS, perilaku_kerja=RATINGS, predikat=PREDIKAT),
    contract("scores", "one score of one object", "object_id period instrument dimension score_kind",
           "object_id! period! instrument! dimension! score_kind! score:float scale_min:float scale_max:float std_error:float "
           "n_items:int n_raters:int status! reason", imported=False),
    contract("identification", "how far the evidence of one scope reaches", "scope scope_id instrument window",
           "scope! scope_id! instrument! window! rung:int! reason! next_step next_step_hours:float median_span:float "
           "share_connected:float n_raters:int n_objects:int n_periods:int minimum_detectable_effect:float", imported=False),
)
TABLES: dict[str, Table] = {t.name: t for t in _ALL}
