"""Documents that are made from code agree with it, and what the README promises exists."""

from __future__ import annotations

import re

from evalkit.tables.dictionary import dictionary


def test_the_data_dictionary_is_what_the_contracts_say(root):
    assert (root / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == dictionary()


def test_every_local_link_of_a_document_leads_somewhere(root):
    links = [(path, target) for path in [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
             for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))]
    local = [(path, target) for path, target in links if "://" not in target and not target.startswith("mailto:")]
    assert [f"{path.name}: {target}" for path, target in local if not (path.parent / target).exists()] == []
