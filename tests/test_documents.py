"""Documents that are made from code agree with it, and what the README promises exists."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex

from evalkit.report.parameter_models import MODELS
from evalkit.report.plan import FILES
from evalkit.tables.dictionary import dictionary


def test_the_data_dictionary_is_what_the_contracts_say(root):
    assert (root / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == dictionary()


def test_every_local_link_of_a_document_leads_somewhere(root):
    links = [(path, target) for path in [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
             for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))]
    local = [(path, target) for path, target in links if "://" not in target and not target.startswith("mailto:")]
    assert [f"{path.name}: {target}" for path, target in local if not (path.parent / target).exists()] == []


def test_every_command_of_the_guide_is_one_that_evalkit_takes(root):
    lines = re.findall(r"python start\.py evalkit ([a-z]+)([^\n`]*)", "".join(
        (root / name).read_text(encoding="utf-8") for name in ("docs/panduan-kantor.md", "README.md", "README.id.md")))
    assert {"init", "add", "check", "status", "report", "release", "diff", "verify", "deliver", "explain"} <= {verb for verb, _ in lines}
    for verb, words in lines:
        parser = argparse.ArgumentParser(conflict_handler="resolve")  # `report` explains itself
        importlib.import_module(f"evalkit.commands.{verb}").arguments(parser)
        if words.strip():  # a bare verb in running text stands for the command, not for a line to type
            parser.parse_args(shlex.split(words))


def test_every_report_is_in_the_guide_in_the_readme_and_in_the_help(root, capsys):
    """A report that nobody reads of is not found: its name for `report NAME`, its file for the reader of the folder."""
    from evalkit.cli import main

    main(["report", "--help"])
    told = capsys.readouterr().out
    guide = (root / "docs" / "panduan-kantor.md").read_text(encoding="utf-8")
    own = [n for n in MODELS if not n.startswith("ratings_")]
    assert [n for n in own if n not in guide or n not in told or FILES[n] not in guide] == []
    for name in ("README.md", "README.id.md"):
        text = (root / name).read_text(encoding="utf-8")
        assert [n for n in own if FILES[n] not in text or f"{n}.ipynb" not in text] == [], name
