"""What persons ask of a hub and report to it, as methods of a hub."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from corpushub.face.arguments import Place, path_of
from lineage.hub import Hub

if TYPE_CHECKING:
    from datetime import datetime

    from corpushub.requests.people.asking import RequestDetails, RequestQueue, RequestStatus, Taken
    from corpushub.requests.people.deciding import Granting, RequestDecision, RequestPlan
    from corpushub.requests.people.in_here import InHere
    from corpushub.requests.people.reports import Report, Reports
    from pipelines.execution.executor import Execution


class Granted(TypedDict, total=False):
    """How a request is granted.

    Attributes:
        answer: what to tell the person; must not name them. Needed for a correction.
        key_file: the key of the findings; by default CORPUSHUB_PII_KEY.
        old_versions: let an opt-out take documents out of older versions, too.
        execution: how files are rewritten.
        moment: when; by default now.
        say: is told what lineage events could not be delivered.
    """

    answer: str
    key_file: Place | None
    old_versions: bool
    execution: Execution | None
    moment: datetime | None
    say: Callable[[str], None]


class People(Hub):
    """What concerns those whose texts a hub may hold."""

    def in_here(self, kind: str, value: str, datasets: Collection[str] | None = None) -> InHere:
        """Return whether *value* is in any version of any dataset.

        Args:
            kind: text, page, site, email or phone.
            value: what is looked for.
            datasets: those that may be spoken of; by default all.

        Raises:
            BadRequest: it cannot be one of its kind; the message does not repeat it.
        """
        from corpushub.requests.people.in_here import Reach, in_here

        return in_here(self, kind, value, Reach(datasets))

    def request(self, asks: str, subject: str, *, purpose: str = "all", contact: str = "", words: str = "") -> Taken:
        """Record what a person asks for, and return the receipt with which its status is asked for.

        Args:
            asks: erasure, opt-out, correction or access.
            subject: KIND:VALUE; email, phone, name, host, uri-prefix or doc.
            purpose: all, train or redistribute.
            contact: how to reach the person.
            words: what they say of it.
        """
        from corpushub.requests.people.asking import Asking, take

        self.require()
        kind, _, value = subject.partition(":")
        return take(self, Asking(asks, purpose, kind, value, contact, words))

    def requests(self, *, every: bool = False) -> RequestQueue:
        """Return the requests that are to be answered, those due first before others, or with *every* all of them."""
        from corpushub.requests.people.asking import queue

        return queue(self, every=every)

    def request_details(self, number: int) -> RequestDetails:
        """Return a request with what was told in confidence.

        Raises:
            UnknownRequest: there is none of that number.
        """
        from corpushub.requests.people.asking import details

        return details(self, number)

    def verify_request(self, number: int, by_hand: str = "") -> RequestStatus:
        """Record that whoever asks may: because their site says so, which is asked, or *by_hand*, as you found out."""
        from corpushub.requests.people.deciding import verify

        self.require()
        return verify(self, number, by_hand)

    def plan_request(self, number: int, **how: Unpack[Granted]) -> RequestPlan:
        """Find what a request concerns, and record how many documents that is; no version is changed."""
        from corpushub.requests.people.deciding import plan

        self.require()
        return plan(self, number, _granting(how))

    def grant_request(self, number: int, **how: Unpack[Granted]) -> RequestDecision:
        """Do what a request asks for, as ``erase`` and ``withdraw`` do, and record what proves it; see Granted."""
        from corpushub.requests.people.deciding import grant

        self.require()
        return grant(self, number, _granting(how))

    def refuse_request(self, number: int, reason: str) -> RequestDecision:
        """Record that a request is refused, and the *reason*, which the person is shown; it must not name them."""
        from corpushub.requests.people.deciding import refuse

        self.require()
        return refuse(self, number, reason)

    def report(self, ref: str, problem: str, words: str = "") -> Taken:
        """Record that there is a *problem* with a document, and return the receipt to follow it with.

        Args:
            ref: NAME@v3#DOCID.
            problem: license, personal-data, harmful, poisoned, language or other.
            words: what there is to say; personal data in it is not kept.
        """
        from corpushub.requests.people.reports import report

        self.require()
        return report(self, ref, problem, words)

    def reports(self, *, every: bool = False) -> Reports:
        """Return the reports of documents that are open, the oldest first, or with *every* all of them."""
        from corpushub.requests.people.reports import reports

        return reports(self, every=every)

    def report_details(self, number: int) -> Report:
        """Return the report of that number.

        Raises:
            UnknownRequest: there is none.
        """
        from corpushub.requests.people.reports import show_report

        return show_report(self, number)

    def close_report(self, number: int, answer: str) -> Report:
        """Record the *answer* to a report: what was done, or why nothing is; who reported it is shown that."""
        from corpushub.requests.people.reports import close

        self.require()
        return close(self, number, answer)


def _granting(how: Granted) -> Granting:
    from corpushub.requests.people.deciding import Granting

    given: dict[str, Any] = {name: value for name, value in how.items() if value is not None}
    if "key_file" in given:
        given["key_file"] = path_of(given["key_file"])
    return Granting(**given)
