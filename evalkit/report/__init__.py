"""Running notebooks and rendering pages."""
