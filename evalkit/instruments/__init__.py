"""Regulations, rating forms and file layouts as data (TOML), and their loaders."""
