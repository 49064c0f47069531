"""Measure the checks that are named (or all), keep the others' last results, and write `docs/calibration.md`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.calibration.registry import as_row, load, run

ROOT = Path(__file__).resolve().parents[2]
STORE, PAGE = ROOT / "docs" / "calibration.json", ROOT / "docs" / "calibration.md"
HEAD = """# Calibration

Made by `python -m tests.calibration`. Each line draws data whose truth is known and counts what the statistic says. *size*: how often
a test at 5% rejects where nothing is to be found. *coverage*: how often a 95% interval holds the truth. *power*: how often the test
finds what is there. *false_claims*: how often a claim is made where none is true. The range is the 99% Monte Carlo interval of the rate
(Clopper-Pearson). *holds*: the range holds the nominal value; *conservative*: it lies on the safe side; *fails*: on the other.
*Not computed*: draws in which the statistic said so, with its reason; they are in no rate.
"""


def page(rows: list[dict[str, object]]) -> str:
    """Write the table, part by part."""
    lines = [HEAD]
    for part in sorted({str(r["part"]) for r in rows}):
        lines += [f"\n## {part}\n", "| statistic | design | kind | nominal | rate | range | draws | not computed | verdict |",
                  "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
        for r in sorted((r for r in rows if r["part"] == part), key=lambda r: (str(r["statistic"]), str(r["kind"]), str(r["name"]))):
            nominal = "" if r["kind"] in ("power", "false_claims") else f"{r['nominal']:.3g}"
            rate = "" if r["rate"] is None else f"{r['rate']:.4f}"
            lines.append(f"| {r['statistic']} | {r['design']} | {r['kind']} | {nominal} | {rate} | {r['low']:.4f} to {r['high']:.4f} | "
                         f"{r['n']} | {r['not_estimable']} | {r['verdict']} |")
    return "\n".join(lines) + "\n"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration", description=__doc__)
    parser.add_argument("names", nargs="*", help="names of checks, or the beginning of names; all without any")
    parser.add_argument("--draws", type=int, help="draws a check, instead of 2,000 for size and 500 for the others")
    args = parser.parse_args(words)
    checks = load()
    chosen = [n for n in checks if not args.names or any(n.startswith(w) for w in args.names)]
    if not chosen:
        print(f"No check begins so; there are: {', '.join(checks)}.", file=sys.stderr)
        return 2
    kept = {r["name"]: r for r in json.loads(STORE.read_text(encoding="utf-8"))} if STORE.exists() else {}
    kept = {name: row for name, row in kept.items() if name in checks}
    for name in chosen:
        kept[name] = as_row(run(checks[name], draws=args.draws))
        print(json.dumps(kept[name]), flush=True)
        STORE.write_text(json.dumps(list(kept.values()), indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(list(kept.values())), encoding="utf-8")
    return 1 if any(kept[n]["verdict"] == "fails" for n in chosen) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
