# The public names of this room, for type checkers and editors. Written by `python -m tests.stubs`.
from evalkit.collect.assign_360 import Assignment as Assignment
from evalkit.collect.assign_360 import assign_360 as assign_360
from evalkit.collect.double_rating import draw_double_ratings as draw_double_ratings
from evalkit.collect.linking_plan import Spread as Spread
from evalkit.collect.linking_plan import double_plan as double_plan
from evalkit.collect.linking_plan import vignette_plan as vignette_plan

PUBLIC: dict[str, str]
