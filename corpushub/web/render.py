"""Pages from answers: templates that escape whatever they show, and the few words and shapes that they share.

Everything that a stranger wrote (texts, addresses, names) is shown as text: control characters are spelled out, and
only addresses of the web become links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from corpushub.papers.dedup_report.page import steps
from corpushub.printable import one_line, printable
from corpushub.text.answers import size, speed
from corpushub.web import marked
from corpushub.web.layout import HEIGHT, WIDTH, Layout, layout
from lineage.questions.documents.conditions import KEPT, OF_DROPPED, OF_KEPT, OF_POLICY, OF_SIGNAL, Conditions
from lineage.questions.history import UNDER_WAY
from lineage.statistics.losses import FEW
from lineage.statistics.model import NO_ADDRESS, UNKNOWN

if TYPE_CHECKING:
    from corpushub.requests.people.visitors import Visitor
    from corpushub.web.ways import Ways

_TEMPLATES: Final = Path(__file__).parent / "templates"

_OF_ACCESS: Final = frozenset(path.name.partition(".")[0] for path in (_TEMPLATES / "access").iterdir())

MOST_BARS: Final = 12
"""Bars of a chart; what follows is folded, not left out."""

_UNITS: Final = 100.0
"""Width of the longest bar, in units of its drawing."""


def page(name: str, answer: Any, *, twin: str | None = None, visitor: Visitor | None = None) -> str:
    """Return the page *name* over *answer*, for *visitor*; *twin* is the address of its JSON."""
    folder = "access/" if name in _OF_ACCESS else ""
    return _environment().get_template(f"{folder}{name}.html.j2").render(answer=answer, twin=twin, visitor=visitor)


@cache
def _environment() -> Environment:
    from corpushub.web import addresses

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "size": size,
        "share": share,
        "day": day,
        "date": date,
        "lines": _lines,
        "short": short,
        "snippet": snippet,
    }
    environment.globals |= {
        "widths": widths,
        "asking": asking,
        "turned": turned,
        "without": without,
        "grouped": grouped,
        "around": marked.around,
        "edited": marked.edited,
        "shared": marked.shared,
        "steps": steps,
        "laid_out": laid_out,
        "path_of": path_of,
        "opening": opening,
        "ago": ago,
        "diff_place": diff_place,
        "rule_place": rule_place,
        "rule_anchor": rule_anchor,
        "speed": speed,
        "UNDER_WAY": UNDER_WAY,
        "BOX": (WIDTH, HEIGHT),
        "version_place": addresses.version_place,
        "document_place": addresses.document_place,
        "documents_place": addresses.documents_place,
        "is_link": is_link,
        "FEW": FEW,
        "MOST_BARS": MOST_BARS,
        "UNKNOWN": UNKNOWN,
        "NO_ADDRESS": NO_ADDRESS,
    }
    return environment


def _shown(value: Any) -> Any:
    """Return what is shown of *value*: of a text, nothing that acts on the line it stands in."""
    return one_line(value) if type(value) is str else "" if value is None else value


class _Lines(str):
    """A text that is shown with its lines."""

    __slots__ = ()


def _lines(text: str) -> _Lines:
    return _Lines(printable(text))


def number(value: float | str | None) -> str:
    """Return *value* with separators of thousands; fractions with as many digits as say something; words stay."""
    if isinstance(value, str):
        return value
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def share(part: float, whole: float) -> str:
    """Return the percentage that *part* is of *whole*."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def day(moment: str | None) -> str:
    """Return the day and the minute of an RFC 3339 time, in UTC."""
    return "unknown" if moment is None else moment[:16].replace("T", " ") + " UTC"


def ago(moment: str) -> str:
    """Say how long ago an RFC 3339 time was."""
    seconds = max((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds(), 0)
    return f"{seconds:,.0f} s ago" if seconds < 120 else f"{seconds / 60:,.0f} min ago"


def date(moment: str) -> str:
    """Return the day of an RFC 3339 time, in UTC."""
    return moment[:10]


def widths(values: Sequence[float]) -> list[str]:
    """Return how long the bars of *values* are drawn: the longest 100 units, and none too short to be seen."""
    most = max(values, default=0) or 1
    return [f"{max(_UNITS * value / most, 0.5 if value else 0):.1f}" for value in values]


def asking(conditions: Conditions, **changes: Any) -> Mapping[str, Any]:
    """Return the query for *conditions* with *changes*, from the first page on; what asks nothing is left out."""
    wanted, usual = asdict(replace(conditions, **{"after": None, **changes})), asdict(Conditions())
    return {name: value for name, value in wanted.items() if value != usual[name]}


def turned(conditions: Conditions, outcome: str) -> Mapping[str, Any]:
    """Return the query for what met *conditions* and had another *outcome*, without those that are not of such."""
    kept = outcome in KEPT
    never = {name for names in (OF_DROPPED if kept else OF_KEPT, ("step", "reason")) for name in names}
    same = outcome == conditions.outcome or (not kept and conditions.outcome not in KEPT and outcome != "failed")
    return asking(conditions, outcome=outcome, **({} if same else dict.fromkeys(never)))


def without(conditions: Conditions, name: str) -> Mapping[str, Any]:
    """Return the query for *conditions* but the one called *name*, and those that make no sense without it."""
    together = next((some for some in (OF_SIGNAL, OF_POLICY) if name in some), (name,))
    return asking(conditions, **dict.fromkeys(together))


def laid_out(ways: Ways) -> Layout:
    """Return where the boxes and lines of a lineage stand."""
    return layout([one.id for one in ways.boxes], ways.lines)


def path_of(points: Sequence[tuple[float, float]]) -> str:
    """Return *points* as the points of an SVG polyline."""
    return " ".join(f"{across:g},{down:g}" for across, down in points)


def opening(ways: Ways, *nodes: str, only: bool = False) -> str:
    """Return the query of a lineage that shows the neighbours of *nodes* as well, or the sources alone."""
    if only:
        return "?only=sources"
    opened = [*ways.opened, *nodes]
    return "?" + urlencode({"open": " ".join(opened)}) if opened else ""


def short(text: str, most: int = 24) -> str:
    """Return the beginning of *text*, of *most* code points, with a sign that there is more; of paths the end."""
    if len(text) <= most:
        return text
    return "…" + text[1 - most :] if "/" in text else text[: most - 1] + "…"


def grouped(signals: Mapping[str, Any]) -> list[tuple[str, Any, list[str]]]:
    """Return signals by name; those of robots.txt that say the same are one, with the agents that they are for."""
    found: dict[tuple[str, Any], list[str]] = {}
    for name, seen in signals.items():
        kind, _, agent = name.partition(":")
        found.setdefault((kind, seen), []).append(agent)
    return [(kind, seen, [agent for agent in agents if agent]) for (kind, seen), agents in found.items()]


def snippet(text: str) -> str:
    """Return *text* as one run of words: line ends and tabs are spaces, as many code points as before."""
    return re.sub(r"[\r\n\t]", " ", text)


def diff_place(old: str, new: str, **asked: str | None) -> str:
    """Return the address of the documents of a diff that are *asked* for; None asks nothing."""
    wanted = {name: value for name, value in asked.items() if value is not None}
    return f"/diff/{old}...{new}" + ("?" + urlencode(wanted) if wanted else "") + "#documents"


def rule_anchor(rule: str) -> str:
    """Return the id of the element of a policy's page that tells of *rule*."""
    return "rule-" + re.sub(r"[^\w.*+-]", "-", rule)


def rule_place(policy: str, rule: str) -> str:
    """Return where the page of *policy*, by its name or digest, tells of *rule*."""
    return f"/policies/{quote(policy)}#{quote(rule_anchor(rule))}"


def is_link(address: str | None) -> bool:
    """Tell whether a browser may be sent to *address*."""
    return address is not None and address.lower().startswith(("https://", "http://"))
