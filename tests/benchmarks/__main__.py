"""Run the benchmarks that are named (or all) and print one JSON line a figure."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path


def names() -> list[str]:
    """Every benchmark: a module of this folder that is not private."""
    return sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if not m.name.startswith(("_", "city", "measure", "test_")))


def main(wanted: list[str]) -> int:
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are: {', '.join(names())}.", file=sys.stderr)
        return 2
    for name in wanted or names():
        for figure in importlib.import_module(f"tests.benchmarks.{name}").run():
            print(json.dumps(figure), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
