"""Statistical ground: results, intervals, permutation, multiplicity. Knows no evaluation data."""
