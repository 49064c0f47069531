"""Faults over time: what one file showed, folded over all files into one row a fault with its state."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

import pandas as pd

from evalkit.tables.ledger import Record
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
    'fbm35q57a'
    >>> fault_id("label.unknown", "appraisals", "a2", "hasil_akhir", "2026-Q3")
    'fmpvpkqgi'
    """
    text = "\x1f".join((rule, table, record_key, column, period, str(again)))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:5], "big")
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "f" + "".join(letters[number >> shift & 31] for shift in range(35, -1, -5))


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
    status = [_status(answers.get(fault), place in covered)
              for fault, place in zip(result["fault_id"], result["import_id"], strict=True)]
    result["status"] = pd.Series(status, index=result.index, dtype=result["status"].dtype)
    return TABLES["faults"].conform(result)


def _answers(corrections: pd.DataFrame) -> Mapping[str, str]:
    rows = corrections.sort_values("at", kind="stable")
    return {str(f): str(n) for f, n in zip(rows["fault_id"], rows["new"], strict=True) if isinstance(f, str)}


def _status(answer: str | None, covered: bool) -> str:
    if answer is not None and answer.strip().upper() == KEEP:
        return "waived"
    if covered:
        return "gone" if answer is None else "corrected"
    return "open"
