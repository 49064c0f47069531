"""The ladder of evidence: its five rungs, what opens each, and what a step up costs.

Data decide the rung, never the formula that somebody would like to use. Sentences stand in the catalogue under
`ladder.rung.<n>.data`, `.may`, `.may_not`, `ladder.reason.<code>` and `ladder.step.<code>`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.errors import EstimationError
from evalkit.inference.single_values import mapped

RUNGS = (0, 1, 2, 3, 4)
REASONS = ("nobody_rated", "one_period", "several_periods", "evaluators_changed", "attributes_of_both_sides", "double_ratings",
           "common_vignettes", "connected_ratings", "raters_rate_few", "not_connected", "rank_lacking",
           "one_rating_each", "rater_rates_few", "rater_not_connected", "one_occasion", "several_occasions", "no_object_attributes",
           "no_rater_attributes", "raters_see_groups", "raters_see_one_group", "several_raters")
STEPS = ("collect_ratings", "second_period", "employee_list", "double_ratings", "vignettes", "vignettes_rest", "second_rater", "more_per_rater",
         "common_objects")


@dataclass(frozen=True)
class LadderSettings:
    """What opens a rung and what a step costs; the thresholds are choices of the office, with these defaults.

    `double_rating_share` of the people rated get a second, blind rating that takes `double_hours`; at least `min_double` of
    them must exist before rung 3 opens. A set of vignettes takes an evaluator `vignette_hours`. A linked instrument opens
    rung 4 when `min_connected` of its raters hang together and the median rater has `min_span` objects or more.
    """

    double_rating_share: float = 0.1
    double_hours: float = 0.25
    min_double: int = 30
    vignette_hours: float = 1.0
    min_span: int = 5
    min_connected: float = 0.9

    @classmethod
    def of(cls, settings: Mapping[str, Any] | LadderSettings | None) -> LadderSettings:
        """Take the settings that `[raters]` of a study names; the others keep their defaults.

        Raises
        ------
        EstimationError
            If the share of double ratings is not above 0 and up to 1.

        Examples
        --------
        >>> LadderSettings.of({"double_rating_share": 0.2, "window": 8}).double_rating_share
        0.2
        """
        if isinstance(settings, LadderSettings):
            return settings
        mapped(settings={} if settings is None else settings)
        share = float((settings or {}).get("double_rating_share", cls.double_rating_share))
        if not 0 < share <= 1:
            raise EstimationError(f"double_rating_share is {share}; it must lie above 0 and not above 1.")
        return cls(double_rating_share=share)

    def double_cost(self, n_objects: int) -> float:
        """Give the hours of a blind second rating of the drawn share of `n_objects` people.

        Examples
        --------
        >>> LadderSettings().double_cost(6500)
        162.5
        """
        return math.ceil(self.double_rating_share * n_objects - 1e-9) * self.double_hours
