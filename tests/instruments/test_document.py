"""docs/regulations.md says what the data say."""

from evalkit.instruments.catalog import load, names
from evalkit.instruments.document import regulations_page


def test_the_page_in_docs_is_the_page_of_the_data(root):
    assert (root / "docs" / "regulations.md").read_text(encoding="utf-8") == regulations_page()


def test_every_fact_stands_on_the_page():
    page = regulations_page()
    for name in names():
        assert f"## {name}\n" in page
        assert all(f"`{key}`" in page for key in load(name).own)
