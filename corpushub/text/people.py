"""Answers about requests and reports of persons as text. Pure functions from answers to strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpushub.text.answers import table

if TYPE_CHECKING:
    from corpushub.requests.people.asking import RequestDetails, RequestQueue, RequestStatus
    from corpushub.requests.people.deciding import RequestDecision, RequestPlan
    from corpushub.requests.people.reports import Report, Reports


def queue(found: RequestQueue) -> str:
    """Show requests, one a line."""
    rows = [
        [str(one.number), one.state, one.asks, one.purpose, one.subject, f"due {_day(one.due)}", _late(one)]
        for one in found.requests
    ]
    return table(rows, "") if rows else "no request waits for an answer; --all lists those that were answered"


def details(found: RequestDetails) -> str:
    """Show a request with what was told in confidence."""
    told = found.confidence
    if told is None:
        lines = ["  nothing of what was told in confidence can be read here: it was forgotten, or told to another home"]
    else:
        named = (("about", told.value), ("contact", told.contact), ("words", told.words))
        lines = [f"  {name:9} {text}" for name, text in named if text]
    return "\n".join([status(found.status), *lines])


def status(one: RequestStatus) -> str:
    """Show how far a request is."""
    use = "" if one.purpose == "all" else f" for {one.purpose}"
    lines = [f"request {one.number}: {one.asks}{use}, about its {one.subject}: {one.state}{_late(one)}"]
    lines.append(f"  received  {_day(one.created)}, due {_day(one.due)}")
    if one.verified:
        lines.append(f"  verified  {_day(one.verified)}: {one.verified_by}")
    if one.challenge:
        content = one.challenge.content
        lines.append(f"  to verify {one.challenge.file} or the TXT record {one.challenge.record} says {content}")
    if one.planned:
        lines.append(f"  planned   {_day(one.planned)}")
        lines += [f"            {each.version}: {each.documents:,} documents" for each in one.plan]
    if one.ended:
        lines.append(f"  {one.state:9} {_day(one.ended)}{f': {one.answer}' if one.answer else ''}")
    lines += [f"  proof     {each}" for each in one.proofs]
    lines += [f"  held      {each}" for each in one.held]
    return "\n".join(lines)


def plan(found: RequestPlan) -> str:
    """Show what a request concerns."""
    lines = [status(found.status), f"{found.documents:,} documents, kept or dropped, are concerned"]
    lines += ["not looked for", *(f"  {one}" for one in found.unsearched)] if found.unsearched else []
    return "\n".join([*lines, "no version was changed"])


def decision(found: RequestDecision) -> str:
    """Show what came of a decision."""
    lines = [f"  still there: {one}" for one in found.remains]
    left = "something is left, see above; remove it, and give the command again" if lines else ""
    return "\n".join([status(found.status), *lines, *([left] if left else [])])


def reports(found: Reports) -> str:
    """Show reports, one a line."""
    rows = [
        [
            str(one.number),
            "closed" if one.closed else "open",
            one.problem,
            _day(one.created),
            one.document or one.version,
        ]
        for one in found.reports
    ]
    return table(rows, "") if rows else "no report is open; --all lists those that were answered"


def report(one: Report) -> str:
    """Show a report."""
    lines = [f"report {one.number}: {one.problem}", f"  document {one.document or f'{one.version}, erased since'}"]
    lines.append(f"  received {_day(one.created)}")
    lines += [f"  words    {one.words}"] if one.words else []
    lines += [f"  closed   {_day(one.closed)}: {one.answer}"] if one.closed else []
    return "\n".join(lines)


def _day(moment: str) -> str:
    return moment[:10]


def _late(one: RequestStatus) -> str:
    return " OVERDUE" if one.overdue else ""
