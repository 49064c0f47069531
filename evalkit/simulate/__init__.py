"""A synthetic city with known truth, written as the real files."""
