"""The standard streams of a report's kernel: a stream that nothing was written to has nothing to wait for."""

from __future__ import annotations

from ipykernel.iostream import OutStream


class KernelStream(OutStream):
    """Sends what cells print, and is flushed only where something was printed.

    The library flushes both streams some six times a cell and waits for another thread each time, which is a tenth of the time of a
    page whose cells print nothing.
    """

    _written = True

    def write(self, string: str) -> int | None:  # type: ignore[override]  # as the library has it
        """Keep a text for the next flush."""
        self._written = True
        return super().write(string)

    def flush(self) -> None:
        """Send what was written since the last time, and wait until it is sent."""
        if self._written:
            self._written = False
            super().flush()  # type: ignore[no-untyped-call]  # the library's is not typed
