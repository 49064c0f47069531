"""Forms that an office fills in: how it climbs the ladder of evidence, and what no export says."""

from evalkit.inference.rooms import open_room

PUBLIC = {
    "assign_360": "Assignment assign_360",
    "double_rating": "draw_double_ratings",
    "linking_plan": "Spread double_plan vignette_plan",
}

open_room(__name__, PUBLIC)
