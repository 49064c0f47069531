"""Forms about people: who gets one, and what stands in it already."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evalkit.collect.asked import Asked, Result, offices, slug
from evalkit.collect.assign_360 import assign_360
from evalkit.collect.double_rating import SHARE, draw_double_ratings
from evalkit.collect.roster import evaluators, roster, unit_of
from evalkit.collect.workbook import FormFile, Row, form_id, names_of, period_words
from evalkit.errors import StudyError
from evalkit.instruments.labels import codes, export_label
from evalkit.language.catalogue import say
from evalkit.language.invocation import typed
from evalkit.tables import store
from evalkit.tables.own_vignettes import packet_of, vignettes_of

_RELATION = {"self": "Diri sendiri", "superior": "Atasan langsung", "peer": "Rekan kerja", "subordinate": "Bawahan"}
_BLANK_ROWS = 3


def vignettes(asked: Asked) -> Result:
    """Give each evaluator the same vignettes, in an order of her own: what comes first is judged against nothing."""
    people = roster(asked.study, asked.period)
    leaders = evaluators(people)
    if asked.unit is not None:
        leaders = leaders[leaders["opd_id"] == unit_of(asked.study, asked.unit)]
    names, places = names_of(asked.study, leaders["person_id"]), _places(asked)
    texts, words = packet_of(asked.study, asked.packet), period_words(asked.period)
    files, without = [], 0
    for person, opd in zip(leaders["person_id"], leaders["opd_id"], strict=True):
        known = names.get(person)
        if known is None or not known.nip:
            without += 1
            continue
        identity = asked.identity("vinyet" + asked.packet, person)
        order = np.random.default_rng([asked.study.seed, *identity.encode()]).permutation(len(texts))
        own = [texts[i] for i in order]
        base = {"NIP Penilai": known.nip, "Nama Penilai": known.name, "Periode": words}
        rows = [{**base, "Paket": v.form, "Vinyet": v.code} for v in own]
        files.append(FormFile(f"{places.get(opd, 'kota')}/{identity}.xlsx", identity, rows, _for(known.name), own))
    return files, _notes(asked, without)


def key(asked: Asked) -> Result:
    """Give the experts all vignettes of all forms, a row an expert and vignette."""
    texts = vignettes_of(asked.study)
    rows = [{"Pakar": f"P{e}", "Paket": v.form, "Vinyet": v.code} for e in range(1, asked.experts + 1) for v in texts]
    return [FormFile("kunci-vinyet.xlsx", asked.identity("kunci-vinyet", "pakar"), rows, "", texts)], ()


def feedback_360(asked: Asked) -> Result:
    """Give each rater the people whom the draw assigns to her; see `assign_360`."""
    people = roster(asked.study, asked.period, asked.unit)
    found = assign_360(people, seed=asked.study.seed, min_raters=asked.min_raters, max_team=asked.max_team)
    posts = dict(zip(people["person_id"], people["post_title"], strict=True))
    pairs = found.pairs.assign(order=found.pairs["rater_role"].map({r: n for n, r in enumerate(_RELATION)}))
    files, notes = _by_rater(asked, "360", pairs.sort_values(["rater_id", "order", "object_id"]), people, posts, "NIP Penilai", "Nama Penilai")
    beyond = found.unmet["rater_role"].eq("superior").to_numpy(dtype=bool)
    unmet, teams = found.unmet.loc[~beyond, "object_id"].nunique(), found.unmet.loc[beyond, "object_id"]
    leaders = people.loc[people["person_id"].isin(teams), "superior_id"].nunique()
    return files, (*notes, *((say("forms.unmet", asked.study.language, n=unmet, least=asked.min_raters),) if unmet else ()),
                   *((say("forms.team_ceiling", asked.study.language, n=len(teams), leaders=leaders, most=asked.max_team),) if len(teams) else ()))


def double_rating(asked: Asked) -> Result:
    """Give each second rater the people who were drawn for her; the first rating is nowhere on the form."""
    people = roster(asked.study, asked.period, None)
    share = float(asked.study.raters.get("double_rating_share", SHARE))
    found = draw_double_ratings(people, seed=asked.study.seed, share=share)
    if asked.unit is not None:
        found = found[found["opd_id"] == unit_of(asked.study, asked.unit)]
    posts = dict(zip(people["person_id"], people["post_title"], strict=True))
    return _by_rater(asked, "penilaian-ganda", found.sort_values(["rater_id", "object_id"]), people, posts, "NIP Penilai Kedua",
                     "Nama Penilai Kedua")


def _by_rater(asked: Asked, kind: str, pairs: pd.DataFrame, people: pd.DataFrame, posts: Mapping[str, object], nip: str, name: str) -> Result:
    names, places = names_of(asked.study, [*pairs["rater_id"], *pairs["object_id"]]), _places(asked)
    office = dict(zip(people["person_id"], people["opd_id"], strict=True))
    roles = pairs["rater_role"] if "rater_role" in pairs.columns else pd.Series("", index=pairs.index)
    words, files, without = period_words(asked.period), [], 0
    for rater, own in pairs.assign(role=roles).groupby("rater_id", sort=True):
        known = names.get(str(rater))
        if known is None or not known.nip:
            without += 1
            continue
        rows: list[Row] = []
        for person, role in zip(own["object_id"], own["role"], strict=True):
            rated = names.get(person)
            if rated is not None and rated.nip:
                row = {nip: known.nip, name: known.name, "Periode": words, "NIP yang Dinilai": rated.nip, "Nama yang Dinilai": rated.name,
                       "Jabatan yang Dinilai": str(posts.get(person) or "")}
                rows.append({**row, "Hubungan dengan yang dinilai": _RELATION[role]} if role else row)
        identity = asked.identity(kind, str(rater))
        files.append(FormFile(f"{places.get(office.get(str(rater), ''), 'kota')}/{identity}.xlsx", identity, rows, _for(known.name)))
    return [f for f in files if f.rows], _notes(asked, without)


def indicators(asked: Asked) -> Result:
    """Give each office its people with the indicators that are known of them, else a few empty rows each."""
    people = roster(asked.study, asked.period, asked.unit)
    known = store.read(asked.study, "indicators").astype(object)
    known = known[(known["object_kind"] == "employee") & known["object_id"].isin(people["person_id"])].sort_values("period")
    known = known.drop_duplicates(["object_id", "indicator"], keep="last")
    of = dict(iter(known.groupby("object_id", sort=False)))
    names, places = names_of(asked.study, people["person_id"]), _places(asked)
    titles = dict(offices(asked))
    files = []
    for opd, part in people.groupby("opd_id", sort=True):
        rows: list[Row] = []
        for person in part["person_id"]:
            own = names.get(person)
            if own is not None and own.nip:
                base = {"NIP": own.nip, "NAMA": own.name, "UNIT KERJA": titles.get(str(opd), ""), "PERIODE": period_words(asked.period)}
                rows += [*planned(base, of.get(person)), *[base] * (0 if person in of else _BLANK_ROWS)]
        place = f"{places.get(str(opd), 'kota')}.xlsx"
        files.append(FormFile(place, asked.identity("indikator", str(opd)), rows, _for(titles.get(str(opd), ""))))
    return [f for f in files if f.rows], ()


def planned(base: Row, own: pd.DataFrame | None) -> list[Row]:
    """Give the indicators of one person or unit as last seen, with their targets and without their results."""
    rows: list[Row] = []
    for r in [] if own is None else own.to_dict("records"):
        target: dict[str, str | float] = {} if pd.isna(r["target_low"]) else {"TARGET": float(r["target_low"])}
        rows.append({**base, "INDIKATOR": str(r["indicator"]), "ARAH": "TURUN" if r["direction"] == "less" else "NAIK", **target})
    return rows


def courses(asked: Asked) -> Result:
    """Give a list of courses to fill in; with a course, its participants stand in it."""
    rows: list[Row] = []
    if asked.course is not None:
        course = _course(asked)
        taking = store.read(asked.study, "enrolments").astype(object)
        taking = taking[taking["course_id"] == course["course_id"]]
        names = names_of(asked.study, taking["person_id"])
        known = {"NAMA_DIKLAT": str(course["name"]), "TANGGAL_MULAI": _day(course["start"]), "TANGGAL_SELESAI": _day(course["end"]),
                 "SASARAN": _audience(course["audience"])}
        hours: dict[str, str | float] = {} if pd.isna(course["hours"]) else {"JUMLAH_JAM": float(course["hours"])}
        rows = [{"NIP_BARU": names[p].nip, "NAMA": names[p].name, **known, **hours} for p in taking["person_id"] if p in names]
    who = asked.course or "kota"
    place = "pelatihan.xlsx" if asked.course is None else f"{form_id(who)}.xlsx"
    return [FormFile(place, asked.identity("pelatihan", who), rows)], ()


def survey(asked: Asked) -> Result:
    """Give each office as many rows as it has people; a code belongs to nobody."""
    people = roster(asked.study, asked.period, asked.unit)
    titles, places = dict(offices(asked)), _places(asked)
    files = []
    for opd, part in people.groupby("opd_id", sort=True):
        rows = _respondents(asked, "survei-keadilan", str(opd), len(part), {})
        place = f"{places.get(str(opd), 'kota')}.xlsx"
        files.append(FormFile(place, asked.identity("survei-keadilan", str(opd)), rows, _for(titles.get(str(opd), ""))))
    return files, ()


def reaction(asked: Asked) -> Result:
    """Give a course as many rows as it has participants.

    Raises
    ------
    StudyError
        If no course is named, or it is not known.
    """
    course = _course(asked)
    taking = store.read(asked.study, "enrolments")
    n = int((taking["course_id"] == course["course_id"]).sum())
    identity = str(course["course_id"])
    rows = _respondents(asked, "reaksi-pelatihan", identity, n, {"Pelatihan": identity})
    return [FormFile(f"{identity[:60]}.xlsx", asked.identity("reaksi-pelatihan", identity), rows, str(course["name"]))], ()


def _respondents(asked: Asked, kind: str, where: str, n: int, more: Row) -> list[Row]:
    codes = sorted(form_id(asked.study.name, str(asked.study.seed), kind, asked.period, where, str(k)) for k in range(n))
    return [{"Responden": code, "Periode": period_words(asked.period), **more} for code in codes]


def _course(asked: Asked) -> pd.Series:
    table = store.read(asked.study, "courses").astype(object)
    wanted = (asked.course or "").casefold()
    found = table[(table["course_id"].str.casefold() == wanted) | (table["name"].str.casefold() == wanted)] if wanted else table.iloc[:0]
    if len(found) != 1:
        known = ", ".join(sorted((table if found.empty else found)["course_id"])[:10])
        if table.empty:
            raise StudyError(say("forms.no_courses", asked.study.language, command=typed("add daftar-pelatihan.xlsx", asked.study.root)))
        if not wanted:
            raise StudyError(say("forms.which_course", asked.study.language, known=known))
        raise StudyError(say("forms.no_course", asked.study.language, course=wanted[:60], n=len(found), known=known))
    return found.iloc[0]


def _day(value: object) -> str:
    return "" if pd.isna(value) else f"{pd.Timestamp(value):%d-%m-%Y}"  # type: ignore[call-overload,arg-type]  # one cell


def _audience(value: object) -> str:
    return export_label("audience", value) if isinstance(value, str) and value in codes("audience") else ""


def _places(asked: Asked) -> dict[str, str]:
    return {unit: slug(name, unit) for unit, name in offices(Asked(asked.study, asked.period))}


def _for(name: str) -> str:
    return say("forms.for", "id", name=name)


def _notes(asked: Asked, without: int) -> tuple[str, ...]:
    return (say("forms.no_number", asked.study.language, n=without),) if without else ()
