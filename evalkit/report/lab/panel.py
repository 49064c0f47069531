"""The panel of JupyterLab: pick report, period, unit and language; one button runs the whole notebook and shows its page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from evalkit.errors import EvalkitError
from evalkit.language.catalogue import Language, say
from evalkit.language.invocation import typed
from evalkit.report.lab.choices import LANGUAGES, Choices, choices, page_of, periods, task_of
from evalkit.tables.study import Study, find_study, load_study

HEIGHT = "80vh"


class Panel:
    """Drop-down lists, a button, and the page under them.

    Parameters
    ----------
    study : Study
        The study whose reports are made.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.said: Language = study.language
        known = periods(study, self.said)
        self.period = self._list("period", known)
        self.report, self.unit = self._list("report", ()), self._list("unit", ())
        self.language = self._list("language", LANGUAGES)
        self.language.value = study.language
        self.button = widgets.Button(description=say("lab.run", self.said), button_style="primary", icon="play")
        self.message, self.page = widgets.HTML(), widgets.HTML()
        self._choices: Choices | None = None
        self.period.observe(lambda _: self.refresh(), "value")
        self.report.observe(lambda _: self._by_unit(), "value")
        self.button.on_click(lambda _: self.run())
        self.widget = widgets.VBox([widgets.HBox([self.report, self.period]), widgets.HBox([self.unit, self.language]), self.button,
                                    self.message, self.page])
        if known:
            self.refresh()
        else:
            self.button.disabled = True
            self._tell(say("lab.nothing", self.said, command=typed("add")))

    def _list(self, name: str, options: tuple[tuple[str, Any], ...]) -> widgets.Dropdown:
        return widgets.Dropdown(options=options, description=say(f"lab.{name}", self.said), layout=widgets.Layout(width="26rem"),
                                style={"description_width": "5rem"})

    def _tell(self, text: str) -> None:
        self.message.value = f"<p>{escape(text)}</p>"

    def refresh(self) -> None:
        """Offer what there is for the period chosen; a report and a unit that are still there stay chosen."""
        try:
            self._choices = choices(self.study, self.period.value, self.said)
        except EvalkitError as error:
            self._choices, self.button.disabled = None, True
            self._tell(str(error))
            return
        self.button.disabled = False
        for box, options in ((self.report, self._choices.reports), (self.unit, self._choices.units)):
            kept = box.value if box.value in {v for _, v in options} else options[0][1]
            box.options = options
            box.value = kept
        self._by_unit()
        self._tell("")

    def _by_unit(self) -> None:
        """A report on the whole only has no unit to choose."""
        offered = self._choices is not None and self.report.value in self._choices.by_unit
        self.unit.disabled = not offered
        if not offered and self.unit.options:
            self.unit.value = ""

    def run(self) -> None:
        """Run the whole notebook of the choice and show its page; where it cannot be made, say why."""
        if self._choices is None:
            return
        self.button.disabled = True
        self._tell(say("lab.running", self.said))
        try:
            task = task_of(self._choices.plan, self.report.value, self.unit.value or "", self.language.value)
            with ThreadPoolExecutor(1) as pool:  # papermill needs a thread without the event loop of this kernel
                self.page.value = framed(pool.submit(page_of, task).result(), task.label)
            self._tell(say("lab.done", self.said, command=typed(f"report {task.notebook} --period {self.period.value}")))
        except EvalkitError as error:
            self.page.value = ""
            self._tell(str(error))
        finally:
            self.button.disabled = False


def framed(page: str, title: str) -> str:
    """Put a page into a frame of its own, where neither its looks nor the notebook's reach the other.

    Examples
    --------
    >>> framed('<p class="a">', "x")
    '<iframe title="x" sandbox srcdoc="&lt;p class=&quot;a&quot;&gt;" style="width:100%;height:80vh;border:1px solid #c5ced6"></iframe>'
    """
    return (f'<iframe title="{escape(title)}" sandbox srcdoc="{escape(page)}" '
            f'style="width:100%;height:{HEIGHT};border:1px solid #c5ced6"></iframe>')


def panel(study: str | Path = ".") -> widgets.VBox:
    """Show the panel of a study.

    Parameters
    ----------
    study : str or Path
        The folder of the study, or one inside it.

    Raises
    ------
    StudyError
        If there is no study there.
    """
    return Panel(load_study(find_study(Path(study)))).widget
