"""Pages from answers: templates that escape whatever they show, and the few words and shapes that they share.

Everything that a stranger wrote (texts, addresses, names) is shown as text: control characters are spelled out, and
only addresses of the web become links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from corpushub.printable import one_line, printable
from corpushub.text.answers import size
from corpushub.web import marked
from lineage.questions.documents.listing import Conditions
from lineage.statistics.losses import FEW
from lineage.statistics.model import NO_ADDRESS, UNKNOWN

if TYPE_CHECKING:
    from corpushub.audit.answer import Finding, LicenseShare
    from corpushub.requests.people.visitors import Visitor

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
    from corpushub.web import app

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
        "lines": _lines,
        "snippet": snippet,
    }
    environment.globals |= {
        "widths": widths,
        "asking": asking,
        "grouped": grouped,
        "around": marked.around,
        "edited": marked.edited,
        "version_place": app.version_place,
        "document_place": app.document_place,
        "documents_place": app.documents_place,
        "is_link": is_link,
        "license_of": license_of,
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


def widths(values: Sequence[float]) -> list[str]:
    """Return how long the bars of *values* are drawn: the longest 100 units, and none too short to be seen."""
    most = max(values, default=0) or 1
    return [f"{max(_UNITS * value / most, 0.5 if value else 0):.1f}" for value in values]


def asking(conditions: Conditions, **changes: Any) -> Mapping[str, Any]:
    """Return the query for *conditions* with *changes*, from the first page on; what asks nothing is left out."""
    wanted, usual = asdict(replace(conditions, **{"after": None, **changes})), asdict(Conditions())
    return {name: value for name, value in wanted.items() if value != usual[name]}


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


def license_of(finding: Finding, licenses: Sequence[LicenseShare]) -> str | None:
    """Return the licence whose documents are those of *finding*; None where it is not of one licence alone."""
    some = {example.license or UNKNOWN for example in finding.examples}
    alone = {finding.verdict: finding.count}
    return next((one.license for one in licenses if some == {one.license} and one.verdicts == alone), None)


def is_link(address: str | None) -> bool:
    """Tell whether a browser may be sent to *address*."""
    return address is not None and address.lower().startswith(("https://", "http://"))
