"""Measure the checks that are named (or all), keep the others' last results, and write `docs/calibration.md` and its figure."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.calibration.curves import figure, table
from tests.calibration.registry import DRAWS, Check, Counts, as_row, load, run

ROOT = Path(__file__).resolve().parents[2]
STORE, PAGE, FIGURE = ROOT / "docs" / "calibration.json", ROOT / "docs" / "calibration.md", ROOT / "docs" / "calibration_power.svg"
TURN = 20.0  # seconds
HEAD = """# Calibration

Made by `python -m tests.calibration`. Each line draws data whose truth is known and counts what the statistic says. *size*: how often
a test at 5% rejects where nothing is to be found. *coverage*: how often a 95% interval holds the truth. *power*: how often the test
finds what is there. *false_claims*: how often a claim is made where none is true. The range is the 99% Monte Carlo interval of the rate
(Clopper-Pearson). *holds*: the range holds the nominal value; *conservative*: it lies on the safe side; *fails*: on the other.
*bias*: the mean error of an estimate; *biased* where its range does not hold 0, which is shown and no failure.
*Not computed*: draws in which the statistic said so, with its reason; they are in no rate. A full row has 2,000 draws of size and 500 of
the others (known and not computed together); `--resume` lets the shorter rows grow.
"""


def page(rows: list[dict[str, Any]], checks: Mapping[str, Check] | None = None) -> str:
    """Write the table, part by part; what fails stands once more at the head, with the reason that is known."""
    checks = load() if checks is None else checks
    lines = [HEAD]
    for r in (r for r in rows if r["verdict"] == "fails"):
        known = checks[r["name"]].limited if r["name"] in checks else ""
        lines.append(f"- fails: {r['statistic']} ({r['design']}), {r['rate']:.3f} instead of {r['nominal']:.3g}. {known}".rstrip())
    lines += table(rows)
    plain = [r for r in rows if not r.get("curve")]
    for part in sorted({str(r["part"]) for r in plain}):
        lines += [f"\n## {part}\n", "| statistic | design | kind | nominal | rate | range | draws | not computed | verdict |",
                  "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
        for r in sorted((r for r in plain if r["part"] == part), key=lambda r: (str(r["statistic"]), str(r["kind"]), str(r["name"]))):
            nominal = "" if r["kind"] in ("power", "false_claims", "bias") else f"{r['nominal']:.3g}"
            rate = "" if r["rate"] is None else f"{r['rate']:.4f}"
            lines.append(f"| {r['statistic']} | {r['design']} | {r['kind']} | {nominal} | {rate} | {r['low']:.4f} to {r['high']:.4f} | "
                         f"{r['n']} | {r['not_estimable']} | {r['verdict']} |")
    return "\n".join(lines) + "\n"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration", description=__doc__)
    parser.add_argument("names", nargs="*", help="names of checks, or the beginning of names; all without any")
    parser.add_argument("--draws", type=int, help="draws a check, instead of 2,000 for size and 500 for the others")
    parser.add_argument("--resume", action="store_true",
                        help="go on where the stored rows end (measure a row anew without it when its statistic has changed), fewest draws first")
    args = parser.parse_args(words)
    checks = load()
    chosen = [n for n in checks if not args.names or any(n.startswith(w) for w in args.names)]
    if not chosen:
        print(f"No check begins so; there are: {', '.join(checks)}.", file=sys.stderr)
        return 2
    kept = stored(checks)
    try:
        if args.resume:
            _in_turn(checks, chosen, kept, args.draws)
        else:
            for name in chosen:
                kept[name] = as_row(run(checks[name], draws=args.draws))
                _keep(name, kept)
    finally:
        _write(FIGURE, figure(list(kept.values())))
    return 1 if any(kept[n]["verdict"] == "fails" for n in chosen) else 0


def stored(checks: Mapping[str, Check]) -> dict[str, dict[str, Any]]:
    """Give the rows of the last runs, of checks that there still are."""
    rows = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else []
    return {r["name"]: r for r in rows if r["name"] in checks}


def _in_turn(checks: Mapping[str, Check], chosen: list[str], kept: dict[str, dict[str, Any]], draws: int | None) -> None:
    """Let each row grow for a turn, the row with the smallest share of its draws first, and keep it: an interruption loses one turn."""
    def share(name: str) -> float:
        return Counts.of_row(kept.get(name)).draws / (draws or DRAWS[checks[name].kind])

    while (name := min(chosen, key=share)) and share(name) < 1:
        kept[name] = as_row(run(checks[name], draws=draws, before=Counts.of_row(kept.get(name)), seconds=TURN))
        _keep(name, kept)


def _keep(name: str, kept: Mapping[str, dict[str, Any]]) -> None:
    print(json.dumps(kept[name]), flush=True)
    _write(STORE, json.dumps(list(kept.values()), indent=1) + "\n")
    _write(PAGE, page(list(kept.values())))


def _write(file: Path, text: str) -> None:
    part = file.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
