"""Names come out in annexes only, each those of its unit."""

from __future__ import annotations

import re
from html import escape

from lxml import html

from evalkit.derive.build import build
from evalkit.tables.register import Register
from evalkit.tables.store import read
from tests.nip import holds_nip

from .conftest import PERIOD


def test_no_name_and_no_number_of_a_person_in_any_file_but_the_annexes(ran) -> None:
    people = read(ran.study, "person_attributes")["person_id"].astype(str).unique()
    names = {p.name for p in Register(ran.study.vault).names(people).values() if len(p.name) > 6}
    assert len(names) > 100
    small = [n.casefold() for n in names]
    for file in (f for f in ran.draft.rglob("*") if f.is_file()):
        text = file.read_text(encoding="utf-8")
        assert not holds_nip(text) or file.name == "pages.json", file.name
        text = "" if file.name.startswith("lampiran") else text.casefold()
        assert not [n for n in small if n in text], file.name


def test_an_annex_holds_the_unrated_of_its_own_unit_and_nobody_else(ran) -> None:
    built = build(ran.study, PERIOD)
    units = built.table("units_current")
    slugs = dict(zip(units["unit_id"].astype(str), units["slug"].astype(str), strict=True))
    unrated = built.table("unrated").astype(object)
    unrated = unrated[unrated["period"].eq(PERIOD).to_numpy(dtype=bool)]
    assert len(unrated)
    register = Register(ran.study.vault)
    names = {k: p.name for k, p in register.names(unrated["person_id"].astype(str)).items()}
    where: dict[str, set[str]] = {}
    for row in unrated.to_dict("records"):
        where.setdefault(names[str(row["person_id"])], set()).add(slugs[str(row["opd_id"])])
    posts = {names[str(row["person_id"])]: row["post_title"] for row in unrated.to_dict("records") if isinstance(row["post_title"], str)}
    assert posts
    superiors = {p.name for p in register.names(unrated["superior_id"].dropna().astype(str)).values()}
    for page in (ran.draft / "units").rglob("lampiran*.html"):
        text = page.read_text(encoding="utf-8")
        for name, own in where.items():
            if page.parent.name in own:
                assert name in text and escape(posts.get(name, "")) in text
            elif name not in superiors:
                assert name not in text


def test_pages_ask_nothing_of_the_network_and_have_one_title(ran) -> None:
    for page in ran.draft.rglob("*.html"):
        tree = html.fromstring(page.read_text(encoding="utf-8"))
        assert len(tree.xpath("//h1")) == 1, page.name
        assert tree.get("lang") == "id"
        assert not [v for v in tree.xpath("//@src|//@href") if re.match(r"(https?:)?//", str(v))], page.name
        assert page.stat().st_size < 120_000, page.name
