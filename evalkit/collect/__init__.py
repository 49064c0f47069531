"""Forms that an office fills in: how it climbs the ladder of evidence, and what no export says."""
