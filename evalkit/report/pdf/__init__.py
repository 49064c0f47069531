"""PDF of the pages: HTML to a tree, one Typst template, row heads."""
