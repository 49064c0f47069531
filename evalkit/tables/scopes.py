"""Scope: whether a file names everybody, one unit, or cannot tell; and which earlier imports it speaks about again.

Only from a full file follows that what is missing in it is gone. So a scope is stated, or read in the title, and then
checked against what is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.errors import ImportFileError
from evalkit.language.catalogue import say
from evalkit.tables import store
from evalkit.tables.ledger import Record
from evalkit.tables.parsed import Parsed
from evalkit.tables.study import Study
from evalkit.tables.unit_names import Units

FULL, PARTIAL = "full", "partial"
_WHOLE_LISTS = frozenset({"units", "unit_predikat", "training", "objections", "discipline", "indicators", "outcomes", "panel"})
_ENOUGH = 0.8  # a list that says of itself that it is whole, or says nothing, must name this share of those known
_PAIR = ["object_id", "rater_id"]
_EMPLOYMENT_OF = {"appraisals": "appraisals", "employees": "person_attributes"}


@dataclass(frozen=True)
class Scope:
    """`text` is `full`, `partial` or a unit id; `group` the kinds of employment that the file lists."""

    text: str
    group: tuple[str, ...]
    notes: tuple[str, ...] = ()


def settle(study: Study, parsed: Parsed, stated: str | None, period: str | None) -> Scope:
    """Settle the scope of a file.

    Parameters
    ----------
    study : Study
        The study.
    parsed : Parsed
        The file; its `scope` is what the title says.
    stated : str, optional
        `full` or a unit (id or name), as the caller stated it.
    period : str, optional
        The period of the file.

    Returns
    -------
    Scope
        Without a word from title or caller, a list of employees, appraisals or ratings is taken for whole only when it names at least
        80% of those known; else it is `partial`, and nothing is withdrawn.

    Raises
    ------
    ImportFileError
        If title and caller disagree, the unit is unknown or ambiguous, or a list whose title says ALL names far fewer people
        than are known and the caller did not state that it is whole.
    """
    group = _group(parsed)
    said = None if parsed.scope is None else FULL if parsed.scope == FULL else _unit(study, parsed.scope)
    want = None if stated is None else FULL if stated.lower() in (FULL, "lengkap") else _unit(study, stated, ask=True)
    if said is not None and want is not None and said != want:
        raise ImportFileError(say("add.other_scope", study.language, said=parsed.scope or said, stated=stated))
    if want is not None:
        return Scope(want, group)
    if parsed.forms:
        # one form speaks again about what it holds, and about nothing else
        return Scope(f"form:{parsed.forms[0]}" if len(parsed.forms) == 1 else PARTIAL, group)
    if said is not None and said != FULL:
        return Scope(said, group)
    if parsed.kind in _WHOLE_LISTS:
        return Scope(FULL, group)
    named, known = _overlap(study, parsed, period, group)
    if known == 0 or named >= _ENOUGH * known:
        return Scope(FULL, group) if said == FULL or parsed.kind in ("employees", "ratings") else Scope(PARTIAL, group)
    if said == FULL:
        raise ImportFileError(say("add.not_full", study.language, named=named, known=known))
    return Scope(PARTIAL, group, (say("add.partial", study.language, named=named, known=known),))


def covered(record: Record, records: Sequence[Record]) -> tuple[str, ...]:
    """Give the earlier imports about whose records a file speaks again: same kind, period and kinds of employment.

    A full file covers full and partial ones, a unit's file those of the same unit; a corrected file covers its original.
    """
    def again(old: Record) -> bool:
        if (old.kind, old.layout) != (record.kind, record.layout) or old.known_at > record.known_at:
            return False
        if record.kind in ("appraisals", "unit_predikat", "ratings") and old.period != record.period:
            return False
        if record.corrections and old.sha256 == record.sha256:
            return True
        if record.kind == "attendance" or (record.group and not set(old.group) <= set(record.group)):
            return False
        return record.scope == FULL or record.scope == old.scope != PARTIAL

    return tuple(r.import_id for r in records if again(r))


def _group(parsed: Parsed) -> tuple[str, ...]:
    frame = parsed.frames.get(_EMPLOYMENT_OF.get(parsed.kind, ""))
    if frame is None or "employment" not in frame.columns:
        return ()
    return tuple(sorted(str(e) for e in frame["employment"].dropna().unique()))


def _unit(study: Study, text: str, *, ask: bool = False) -> str:
    """Give the id of the unit that was stated; a title that names an unknown one keeps its name."""
    found = Units.of(store.read(study, "units")).find(text, office=True)
    if len(found) == 1:
        return found[0]
    if ask:
        raise ImportFileError(say("add.scope_unit", study.language, unit=text[:80], n=len(found)))
    return text


def _overlap(study: Study, parsed: Parsed, period: str | None, group: tuple[str, ...]) -> tuple[int, int]:
    """Count the records that a list names, and those of its kind that are known."""
    if parsed.kind == "employees":
        people = store.read(study, "person_attributes")
        known = people[people["valid_to"].isna() & people["employment"].isin(list(group))]["person_id"].nunique()
        frame = parsed.frames.get("person_attributes")
        return (0 if frame is None else int(frame["person_id"].nunique())), int(known)
    if parsed.kind == "appraisals":
        rows = store.read(study, "appraisals")
        rows = rows[(rows["period"] == period) & (rows["employment"].isna() | rows["employment"].isin(list(group)))]
        return parsed.rows_in_file, int(rows["appraisal_id"].nunique())
    if parsed.kind == "ratings" and "ratings" in parsed.frames:
        frame, rows = parsed.frames["ratings"], store.read(study, "ratings")
        rows = rows[rows["instrument"].isin(frame["instrument"].unique()) & (rows["period"].eq(period) if period else rows["period"].isna())]
        return len(frame[_PAIR].drop_duplicates()), len(rows[_PAIR].drop_duplicates())
    return 0, 0
