"""`power_curve`: everything that the page of a planned course computes, against the 0.1 percent grid of one noncentral t from scipy.

The page: six ways to run the course, the seats that suffice, and the curve of two of them. `ratio` is the page over the plain grid.
"""

from __future__ import annotations

import time

import numpy as np
from scipy.stats import nct
from scipy.stats import t as student

from evalkit.impact.power import Design, clusters_for, power_curve, smallest_effect
from evalkit.impact.power_of_lot import _sight

SIZES = (400, 350, 320, *(110,) * 10, *(68,) * 30)  # people of each unit where whole ones are drawn


def page(people: int = 4210, units: int = 43) -> float:
    """Compute what a page shows, and give the seconds."""
    _sight.cache_clear()
    begun = time.perf_counter()
    for seats in (70, 140, 280):
        for drawn in ("person", "unit"):
            design = Design(units, people / units, icc=0.02, pre=0.5, share=seats / people, attrition=0.1,
                            drawn="unit" if drawn == "unit" else "person", sizes=SIZES if drawn == "unit" else (), seats=5 * seats)
            smallest_effect(design)
            power_curve(design)
    clusters_for(Design(units, people / units), 0.1)
    return time.perf_counter() - begun


def plain() -> float:
    """The same curve once on a fine grid by scipy's distribution."""
    begun = time.perf_counter()
    limit = student.ppf(0.975, 41)
    nct.sf(limit, 41, np.linspace(0, 6, 1000)).sum()
    return time.perf_counter() - begun


def run(runs: int = 5) -> list[dict[str, object]]:
    """Give the median of each, in turn; the page must stay under 2 seconds."""
    pairs = [(page(), plain()) for _ in range(runs)]
    ours, peer = (float(np.median([p[i] for p in pairs])) for i in (0, 1))
    return [{"name": "power_curve", "seconds": round(ours, 3), "plain_seconds": round(peer, 3), "ratio": round(ours / peer, 2), "limit_seconds": 2.0}]


if __name__ == "__main__":
    print(run())
