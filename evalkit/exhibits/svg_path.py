"""Path data as short as SVG allows: steps from point to point in tenths of a pixel."""

from __future__ import annotations

import re
from functools import lru_cache

_PARTS = re.compile(r"[A-Za-z]|-?\d*\.?\d+(?:e-?\d+)?")
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_MINUS_NOTHING = re.compile(r"-0(?![\d.])")
_OTHERS = re.compile(r"[a-bd-yA-BD-LN-Y]")
_NUMBERS = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
_CURVES = re.compile(r"[CcQqAaHhVvSsTt]")


@lru_cache(maxsize=256)  # the shapes of marks come again and again
def path_data(d: str) -> str:
    """Tighten path data; a step of no length becomes a dot that round caps make visible.

    Examples
    --------
    >>> path_data("M 1.04 2 L 3 2 L 3 4.26 z"), path_data("M 0 0 L 0 0"), path_data("M 0.123 0 C 1 -0 2.26 -0.04 3 3")
    ('M1 2h2v2.3z', 'M0 0h0', 'M0.1 0C1 0 2.3 0 3 3')
    """
    if not _CURVES.search(d):
        return _steps(_PARTS.findall(d))
    if round_ := _circle(d):
        return round_
    d = re.sub(r"\s*([A-Za-z])\s*", r"\1", " ".join(_MINUS_NOTHING.sub("0", _NUMBER.sub(_short, d)).split()))
    return re.sub(r"M[^A-Za-z]+(?:L[^A-Za-z]+)+", lambda run: run[0].replace("L", " "), d)


def _circle(d: str) -> str:
    """Give a circle round the origin as two arcs, a fifth as long as the eight curves that matplotlib draws; nothing for what is none."""
    if d.count("C") != 8 or d.count("M") != 1 or _OTHERS.search(d):
        return ""
    places = [float(n) for n in _NUMBERS.findall(d)]
    ends = [places[:2], *(places[i + 4:i + 6] for i in range(2, len(places), 6))]  # the first point, and where each curve ends
    far = [(x * x + y * y) ** 0.5 for x, y in ends]
    if len(places) != 50 or max(far) - min(far) > 0.01 or abs(places[0]) > 0.01 or not d.rstrip().endswith(("z", "Z")):
        return ""
    radius = round(far[0] * 10)
    r, two = tenth(radius), 2 * radius
    return f"M0 {r}a{r} {r} 0 1 0 0{tenth(-two)}a{r} {r} 0 1 0 0 {tenth(two)}z" if radius else ""


def _short(match: re.Match[str]) -> str:
    return f"{float(match[0]):.1f}".rstrip("0").rstrip(".")


def _steps(parts: list[str]) -> str:
    """Write a path of straight lines as steps from point to point, in tenths of a pixel: half as long as with places."""
    out: list[str] = []
    last, start = (0, 0), (0, 0)
    place, command = 0, "M"
    while place < len(parts):
        if parts[place].isalpha():
            command = parts[place].upper()
            place += 1
            if command == "Z":
                out.append("z")
                last = start
            continue
        point = (round(float(parts[place]) * 10), round(float(parts[place + 1]) * 10))
        place += 2
        step = (point[0] - last[0], point[1] - last[1])
        if command == "M":
            out.append(("m" if out else "M") + _pair(*step))
            start, command = point, "L"
        elif not any(step):
            out += ["h0"] if out[-1][0] in "Mm" else []
        else:
            out.append(f"h{tenth(step[0])}" if not step[1] else f"v{tenth(step[1])}" if not step[0] else f"l{_pair(*step)}")
        last = point
    return "".join(out)


def _pair(x: int, y: int) -> str:
    return f"{tenth(x)}{'' if y < 0 else ' '}{tenth(y)}"


def tenth(value: int, zero: str = "") -> str:
    """Write tenths as briefly as SVG allows; `zero` stands before the point of what is less than one.

    Examples
    --------
    >>> tenth(5), tenth(-5), tenth(20), tenth(0), tenth(5, zero="0")
    ('.5', '-.5', '2', '0', '0.5')
    """
    whole, rest = divmod(abs(value), 10)
    return f"{'-' if value < 0 else ''}{whole or (zero if rest else '0')}{f'.{rest}' if rest else ''}"
