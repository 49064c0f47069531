"""Faults over time: what one file showed, folded over all files into one row a fault with its state."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from evalkit.tables.ledger import Record
from evalkit.tables.parsed import Fault
from evalkit.tables.schema import TABLES

KEEP = "TETAP"
_DIGITS = re.compile(r"\d{9,}")


def fault_id(rule: str, table: str, record_key: str, column: str, period: str, again: int = 0) -> str:
    """Give the id of a fault: the same in every export that shows it, wherever its row then stands.

    Parameters
    ----------
    rule, table, record_key, column, period : str
        What the fault is and where; never the number of the row, which changes with every export.
    again : int
        0 for the first fault that these describe in one file, 1 for the second, ...

    Examples
    --------
    >>> fault_id("label.unknown", "appraisals", "a1", "hasil_akhir", "2026-Q3")
    'f66nkxcok'
    >>> fault_id("label.unknown", "appraisals", "a2", "hasil_akhir", "2026-Q3")
    'fgfjxmwml'
    """
    text = "\x1f".join((rule, table, record_key, column, period, str(again)))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:5], "big")
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "f" + "".join(letters[number >> shift & 31] for shift in range(35, -1, -5))


def fault_ids(faults: Sequence[Fault], kind: str, period: str) -> list[str]:
    """Give the id of each fault of one file, in its order.

    Parameters
    ----------
    faults : sequence of Fault
        From a reader.
    kind, period : str
        Of the file; the period may be empty.
    """
    times: Counter[tuple[str, ...]] = Counter()
    ids = []
    for fault in faults:
        place = (fault.rule, kind, fault.record_key or fault.value, fault.column, period)
        ids.append(fault_id(*place, times[place]))
        times[place] += 1
    return ids


def masked(text: str) -> str:
    """Hide all but the first four digits of any long number: a NIP tells birth date and sex.

    Examples
    --------
    >>> masked("198603032010121943 (baris 3)")
    '1986… (baris 3)'
    """
    return _DIGITS.sub(lambda m: f"{m[0][:4]}…", text)


def fold_faults(seen: pd.DataFrame, counted: Sequence[Record], corrections: pd.DataFrame) -> pd.DataFrame:
    """Give one row a fault: where it was last seen, since when, and whether it still stands.

    Parameters
    ----------
    seen : DataFrame
        Rows of the contract `faults`, one a fault and import.
    counted : sequence of Record
        The imports, in the order in which they speak.
    corrections : DataFrame
        Rows of the contract `corrections`.

    Returns
    -------
    DataFrame
        `status`: `open`; `waived` (a unit said that the value is right); `corrected` (gone, and a correction was given);
        `gone` (a later file that covers the same records does not show it).
    """
    if seen.empty:
        return TABLES["faults"].empty()
    order = {r.import_id: n for n, r in enumerate(counted)}
    data = seen.copy()
    data["_order"] = data["import_id"].map(order).astype("int64")
    data = data.sort_values(["fault_id", "_order"], kind="stable")
    spans = data.groupby("fault_id", sort=False)
    first, last = spans["first_seen"].min(), spans["last_seen"].max()
    result = data.drop_duplicates("fault_id", keep="last").drop(columns="_order").reset_index(drop=True)
    result["first_seen"], result["last_seen"] = result["fault_id"].map(first), result["fault_id"].map(last)
    covered = {old for r in counted for old in r.covers}
    answers = _answers(corrections)
    status = [_status(answers.get(fault), place in covered, seen_at)
              for fault, place, seen_at in zip(result["fault_id"], result["import_id"], result["last_seen"], strict=True)]
    result["status"] = pd.Series(status, index=result.index, dtype=result["status"].dtype)
    return TABLES["faults"].conform(result)


def _answers(corrections: pd.DataFrame) -> Mapping[str, tuple[str, datetime]]:
    """Give the last answer to each fault, and when it came."""
    rows = corrections[corrections["fault_id"].notna()].sort_values("at", kind="stable")
    return {f: (str(n), at) for f, n, at in zip(rows["fault_id"], rows["new"], rows["at"], strict=True)}


def _status(answer: tuple[str, datetime] | None, covered: bool, seen_at: datetime) -> str:
    if answer is not None and answer[0].strip().upper() == KEEP:
        return "waived"
    # an answer that was applied and did not help is seen again at the time of the answer
    if answer is not None and (covered or answer[1] > seen_at):
        return "corrected"
    return "gone" if covered else "open"
