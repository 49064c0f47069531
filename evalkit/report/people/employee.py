"""The employee's own page: her predikat in words, why, what she can do, what is held about her, who sees it.

Thousands are made in one run, and most of what they say they share: every section is made once for each different content.
No rank, no colleague, no number beside the official word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from markupsafe import Markup

from evalkit.derive.handle import Facts
from evalkit.exhibits import blocks
from evalkit.exhibits.crosstab import quadrant_html
from evalkit.exhibits.marks import unconfirmed
from evalkit.exhibits.text import clean, joined, link, strong
from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import date_text, period_text
from evalkit.report.people import about, reasons
from evalkit.report.people.parts import filled, heading, objection_due, shown, table
from evalkit.report.people.records import Appraisal, Employee, Step
from evalkit.report.people.rules import Rules

Made = tuple[object, ...]
_NAME = Markup("\ue003")


@dataclass(frozen=True)
class Setting:
    """What all pages of one run share: words, facts of the period, rules, the day of a release, the explainer's address.

    `told_on` has the people whom an earlier release told the same result, with its day.
    """

    language: Language
    facts: Facts
    rules: Rules
    steps: Mapping[str, tuple[Step, ...]]
    released_on: date | None = None
    explainer: Callable[[str], str] | None = None
    told_on: Mapping[str, date] = field(default_factory=dict)

    def say(self, key: str, /, **values: object) -> str:
        """Say words of the employee page."""
        return say(f"employee.{key}", self.language, **values)

    @property
    def this(self) -> str:
        """The period in words: this quarter."""
        return self.say(f"this.{self.facts.period_kind}")

    def counted_from(self, person: Employee) -> date | None:
        """Give the day from which her objection is counted: that of the first release that told her this result, else that of its record."""
        now = person.official
        if now is None or self.released_on is None:
            return now.rated_on if now else None
        return self.told_on.get(person.person_id, self.released_on)


class EmployeePages:
    """Makes the body of each person's page; sections with the same content are made once.

    Parameters
    ----------
    setting : Setting
        What all pages share.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting, self.language = setting, setting.language
        self._made: dict[Made, Markup] = {}

    def once(self, key: Made, make: Callable[[], Markup]) -> Markup:
        """Give what was made for this key, or make it."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
        return found

    def body(self, person: Employee) -> str:
        """Make the blocks of one page, in the order of the design.

        Parameters
        ----------
        person : Employee
            What the page says; texts of files are escaped here.
        """
        now = person.official
        number = _Count(1)
        steps = self.setting.steps.get(now.derivation if now else person.derivation, ())
        parts = [self._title(person), *self._first(person, now, steps), self._note(person, now, number),
                 self._why(now, steps, number), self._others(person, number)]
        parts += [about.indicators(self, person, number), about.dims(self, person), about.history(self, person, number),
                  about.held(self, person, number)]
        parts.append(self.once(("end", person.instrument), lambda: self._end(person.instrument)))
        return "".join(parts)  # every part is markup; plain text joins it without looking at each part again

    def _title(self, person: Employee) -> Markup:
        setting = self.setting
        where = clean(", ".join(shown(w) for w in (person.post, person.unit) if w))
        head, tail = self.once(("title", where), lambda: blocks.title(setting.say("title"), [
            _NAME, where, period_text(setting.facts.period, self.language)])).split(_NAME, 1)
        return Markup(head + clean(person.name or setting.say("nameless")) + tail)

    def _first(self, person: Employee, now: Appraisal | None, steps: tuple[Step, ...]) -> list[Markup]:
        """Page one: the answer, the quadrant, what to do."""
        wrong = any(s.step == "contradicts" for s in steps)
        pair = (now.work, now.behaviour) if now and now.work and now.behaviour and now.predikat and not wrong else None
        said = now if now and now.predikat else None
        aside = "" if person.counted else person.reason
        words = (said and (said.work, said.behaviour, said.predikat, said.by, said.is_head, said.version, bool(said.before), aside),
                 self._reason(person) if said is None else "", wrong)
        out = [self.once(("verdict", *words), lambda: self._verdict(said, words[1], wrong, aside))]
        instrument = person.instrument
        out.append(self.once(("quadrant", instrument, pair, wrong), lambda: self._quadrant(instrument, pair, wrong)))
        day = self.setting.counted_from(person) if said else None
        missing = "" if said else person.unrated_reason or ("uncounted" if not person.counted else "withdrawn")
        out.append(self.once(("do", day, missing, person.solver if missing else ""),
                             lambda: self._do(day, bool(said), missing, person.solver)))
        return out

    def _reason(self, person: Employee) -> str:
        """The sentence of a person without a result."""
        setting = self.setting
        if not person.counted:
            return setting.say("verdict.uncounted", this=setting.this, reason=reasons.uncounted(person.reason, self.language))
        if person.appraisals and all(a.status == "withdrawn" for a in person.appraisals):
            return setting.say("verdict.withdrawn", this=setting.this)
        return setting.say("verdict.unrated", this=setting.this, reason=reasons.unrated(person.unrated_reason, self.language))

    def _verdict(self, said: Appraisal | None, reason: str, wrong: bool, aside: str) -> Markup:
        setting = self.setting
        if said is None:
            return blocks.verdict(reason, None, setting.say("why.none"), self.language, setting.say("why.label"))
        key = "contradicts" if wrong else "rated" if said.work and said.behaviour else "partly"
        ratings = {"work": _rating(said.work, self.language), "behaviour": _rating(said.behaviour, self.language)} if key == "rated" else {}
        sentence = filled(f"employee.verdict.{key}", self.language, strong(_predikat(said.predikat, self.language)), this=setting.this, **ratings)
        if said.before:
            sentence += clean(setting.say("verdict.corrected", version=said.version))
        if aside:
            sentence += clean(setting.say("verdict.aside", this=setting.this, reason=reasons.uncounted(aside, self.language)))
        why = "head" if said.is_head else said.by if said.by in ("superior", "other") else "unknown"
        return blocks.verdict(sentence, None, setting.say(f"why.{why}"), self.language, setting.say("why.label"))

    def _quadrant(self, instrument: str, pair: tuple[str, str] | None, wrong: bool) -> Markup:
        frame = self.setting.rules.quadrant(instrument)
        if frame.empty:
            return Markup("")
        desc = self.setting.say(f"quadrant.{'here' if pair else 'elsewhere' if wrong else 'nowhere'}")
        label = Markup("{}").format(say("page.table", self.language, n=1))
        return quadrant_html(frame, id="t-kuadran", label=label, head=self.setting.say("quadrant.head"), desc=desc, note="", here=pair,
                             language=self.language)

    def _do(self, day: date | None, rated: bool, missing: str, solver: str) -> Markup:
        setting = self.setting
        if rated:
            following = setting.say(f"next.{setting.facts.period_kind}")
            items: list[tuple[object, object]] = [(setting.say("do.read"), ""), self._objection(day), (setting.say("do.next", next=following), "")]
        elif missing in ("uncounted", "withdrawn"):
            items = [(setting.say("do.ask_counted"), "")]
        else:
            who = setting.say("do.step_who", who=setting.say(f"solver.{solver}")) if solver else ""
            items = [(setting.say("do.step", step=reasons.step(missing, self.language)), who), (setting.say("do.ask"), "")]
        return blocks.actions(items, self.language, setting.say("do.head"))

    def _objection(self, start: date | None) -> tuple[object, object]:
        setting, facts = self.setting, self.setting.facts
        if start is None:
            return setting.say("do.no_day"), ""
        due = objection_due(start, facts.objection_days, facts.objection_day_type)
        day = joined(Markup(" {}").format(strong(date_text(due, self.language))))
        if facts.unconfirmed & {"objection_days", "objection_day_type"}:
            day += joined(" ", unconfirmed(self.language))
        since = "rating" if setting.released_on is None else "release" if start == setting.released_on else "first_release"
        how = setting.say(f"do.from_{since}", days=facts.objection_days, type=setting.say(f"day.{facts.objection_day_type}"),
                          start=date_text(start, self.language))
        late = f" {setting.say('do.passed')}" if due < facts.as_of else ""
        return joined(setting.say("do.object"), day, setting.say("do.object_to")), how + late

    def _note(self, person: Employee, now: Appraisal | None, number: _Count) -> Markup:
        """What the evaluator or the office noted: a change with its reason, an objection with what became of it."""
        setting = self.setting
        if now is None or not (now.predikat or now.before):
            return Markup("")
        told = self._told(now)
        lead = setting.say("note.changed", day=date_text(now.changed_on, self.language)) if now.changed_on else setting.say("note.none")
        out = heading("s-catatan", setting.say("note.question"), lead, self.language)
        if now.before:
            columns = [(setting.say("note.version"), ""), *((setting.say(f"col.{c}"), "") for c in ("work", "behaviour", "predikat"))]
            rows = [(setting.say("note.before"), *self._words(now.before)),
                    (setting.say("note.now"), *self._words((now.work, now.behaviour, now.predikat)))]
            out += table("t-perubahan", number.next(), setting.say("note.table"), setting.say("note.table_desc"), columns, rows, self.language)
        return out + blocks.paragraphs(told)

    def _told(self, now: Appraisal) -> list[str]:
        setting = self.setting
        told = [setting.say("note.reason", reason=now.reason)] if now.reason else [setting.say("note.no_reason")] if now.before else []
        if now.filed_on:
            ending = setting.say("note.decided", day=date_text(now.decided_on, self.language), decision=_decision(now.decision, self.language)) \
                if now.decided_on else setting.say("note.pending")
            told.append(setting.say("note.filed", day=date_text(now.filed_on, self.language)) + ending)
        return told

    def _words(self, three: tuple[str, str, str]) -> tuple[str, str, str]:
        none = self.setting.say("col.none")
        work, behaviour = (_rating(c, self.language) if c else none for c in three[:2])
        return work, behaviour, _predikat(three[2], self.language) if three[2] else none

    def _why(self, now: Appraisal | None, steps: tuple[Step, ...], number: _Count) -> Markup:
        predikat = now.predikat if now else ""
        n = number.next()
        return self.once(("why", predikat, steps, n), lambda: self._steps(predikat, steps, n))

    def _steps(self, predikat: str, steps: tuple[Step, ...], n: int) -> Markup:
        setting = self.setting
        asked = setting.say("steps.question", predikat=_predikat(predikat, self.language)) if predikat else setting.say("steps.question_none")
        wrong = any(s.step == "contradicts" for s in steps)
        lead = "no_rule" if not steps else "lead_none" if not predikat else "lead_contradicts" if wrong else "lead"
        head = heading("s-dasar", asked, setting.say(f"steps.{lead}"), self.language)
        if not steps:
            return head
        rows = [(f"{i}. {_sentence(step, self.language)}", step.source if step.confirmed else unconfirmed(self.language, step.source))
                for i, step in enumerate(steps, 1)]
        return head + table("t-dasar", n, setting.say("steps.table"), setting.say("steps.desc"),
                            [(setting.say("steps.step"), ""), (setting.say("steps.basis"), "")], rows, self.language,
                            setting.say("steps.note", mark=say("status.unconfirmed", self.language)))

    def _others(self, person: Employee, number: _Count) -> Markup:
        setting = self.setting
        if len(person.appraisals) < 2 and (not person.appraisals or person.official):
            return Markup("")
        columns = [(setting.say("others.post"), ""), (setting.say("others.unit"), ""), (setting.say("col.predikat"), ""),
                   (setting.say("others.state"), "")]
        rows = [(shown(a.post) or "–", shown(a.unit) or "–", self._words((a.work, a.behaviour, a.predikat))[2],
                 setting.say(f"others.{a.status}")) for a in person.appraisals]
        lead = setting.say("others.lead" if person.official else "others.lead_none", n=len(rows), this=setting.this)
        return heading("s-lain", setting.say("others.question", this=setting.this), lead, self.language) + table(
            "t-lain", number.next(), setting.say("others.table"), setting.say("others.desc"), columns, rows, self.language)

    def _end(self, instrument: str) -> Markup:
        setting = self.setting
        out = heading("s-siapa", setting.say("sees.question"), setting.say("sees.lead"), self.language)
        out += blocks.paragraphs([setting.say("sees.text")])
        out += heading("s-kantor", setting.say("office.question"), setting.say("office.lead"), self.language)
        items: list[object] = [setting.say(f"office.{n}") for n in ("one", "two", "three")]
        if setting.explainer and instrument in setting.rules.instruments:
            items.append(joined(setting.say("office.how"), " ", link(say("explainer.title", self.language), setting.explainer(instrument)), "."))
        return out + Markup("<ul>{}</ul>\n").format(Markup("").join(Markup("<li>{}</li>").format(clean(i)) for i in items))


class _Count:
    """Counts the tables of one page."""

    def __init__(self, n: int) -> None:
        self.n = n

    def next(self) -> int:
        """Give the next number."""
        self.n += 1
        return self.n


def _rating(code: str, language: Language) -> str:
    return say(f"rating.{code}", language) if f"rating.{code}" in catalogue() else code


def _predikat(code: str, language: Language) -> str:
    return say(f"predikat.{code}", language) if f"predikat.{code}" in catalogue() else code


def _decision(code: str, language: Language) -> str:
    key = f"employee.decision.{code}"
    return say(key, language) if key in catalogue() else code or say("page.no_data", language)


def _sentence(step: Step, language: Language) -> str:
    values = {k: reasons.value(v, language) for k, v in step.values}
    return say(f"scoring.step.{step.step}", language, **values, **{k: say(word, language) for k, word in step.words})
