"""The index's view of a period: units, how complete they are, the rules with open faults."""

from __future__ import annotations

from evalkit.exhibits.reports.base import Report


class Contents(Report):
    """Gives the index its figures; it has no blocks of its own."""

    def page_name(self) -> str:
        """The place of the study."""
        return str(self.facts.title)
