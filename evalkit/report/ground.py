"""What all reports of one run stand on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ground:
    """The folder of the study or of a release, the period, the day whose data count (empty: the latest), and the reports."""

    study: str
    period: str
    as_of: str = ""
    reports: tuple[str, ...] = ()
