"""What an evaluator sees of her own ratings, and the rules in words: never her place among others."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.scopes import most_frequent
from evalkit.instruments.catalog import load, names
from evalkit.instruments.instrument import Fact, Instrument
from evalkit.tables.schema import PREDIKAT

PATTERN, READ = "se-menpanrb-3-2023", "pp-30-2019"
_TOLD = ("quadrant", "evaluation", "evaluator", "head", "weights", "cycles.periodic", "objection")


def mirror(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count for each evaluator of the reported period the people of her team and their predikat, in all periods of the window.

    Returns
    -------
    pandas.DataFrame
        One row an evaluator and period: `expected`, `rated`, `missing`, `by_other` (rated by another official), and `n_<predikat>`.
        Evaluators without anybody in the reported period have no row.

    Notes
    -----
    A count of her own people only; it holds nothing of any other evaluator. Not for comparing evaluators.
    """
    known = roster[roster["superior_id"].notna().to_numpy()]
    now = known.loc[known["period"].eq(context.period.text).to_numpy(dtype=bool), "superior_id"]
    own = known[known["superior_id"].isin(now).to_numpy(dtype=bool)]
    rated = own["is_rated"].astype(bool)
    key = {"rater_id": own["superior_id"].astype("object"), "period": own["period"].astype("object")}
    other = rated & own["rated_by_id"].ne(own["superior_id"]).fillna(False).astype(bool)
    counts = pd.DataFrame({**key, "expected": 1, "rated": rated.astype("int64"), "by_other": other.astype("int64"),
                           **{f"n_{p}": own["predikat"].eq(p).fillna(False).astype("int64") for p in PREDIKAT}})
    table = counts.groupby(["rater_id", "period"]).sum().reset_index()
    table["missing"] = table["expected"] - table["rated"]
    last = own[own["period"].eq(context.period.text).to_numpy(dtype=bool)].rename(columns={"superior_id": "rater_id"})
    office = most_frequent(last.dropna(subset=["opd_id"]), ["rater_id"], "opd_id")
    return table.merge(office, on="rater_id", how="left", validate="m:1")


def rules(context: Context) -> pd.DataFrame:
    """List what the instruments of the reported cycle say, one fact a row: what pages print of a rule.

    Returns
    -------
    pandas.DataFrame
        `value` is JSON; `source` names the rule and the article; `confirmed` is false where the text was not read.
    """
    rows: list[dict[str, object]] = []
    for name in dict.fromkeys(p.instrument for p in context.cycle):
        if name not in names():
            continue
        own = load(name)
        rows.append(_title(own))
        rows += [_row(name, fact) for part in _TOLD for fact in own.facts(part)]
        rows += [_row(name, fact) for part in ("pattern", "binding") for fact in load(PATTERN).facts(part)]
        rows += [_row(name, fact, "read.") for fact in load(READ).facts("objection")]
    return pd.DataFrame(rows, columns=["instrument", "key", "value", "source", "confirmed"])


def _title(own: Instrument) -> dict[str, object]:
    force = own.in_force
    start, end = (d.isoformat() if d else "" for d in (force.start, force.end))
    return {"instrument": own.name, "key": "title", "value": json.dumps({"id": own.title, "en": own.title_en, "start": start, "end": end}),
            "source": own.title.split(" tentang ")[0], "confirmed": force.mark in ("confirmed", "derived")}


def _row(instrument: str, fact: Fact, prefix: str = "") -> dict[str, object]:
    title = load(fact.instrument).title.split(" tentang ")[0]
    return {"instrument": instrument, "key": prefix + fact.key, "value": json.dumps(_plain(fact.value), ensure_ascii=False),
            "source": f"{title}, {fact.article}", "confirmed": fact.confirmed}


def _plain(value: Any) -> Any:
    if hasattr(value, "items"):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, tuple) else value
