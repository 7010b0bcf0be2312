"""Record of processing activities (Regulation (EU) 2016/679, GDPR, article 30(1)): its items (a) to (g)."""

from __future__ import annotations

from typing import Final

from corpushub.papers import answers
from corpushub.papers.facts import Facts
from corpushub.papers.fields import Field, Origin, Section, not_known, said, section

TITLE: Final = "Record of processing (GDPR article 30)"
SOURCE: Final = "Regulation (EU) 2016/679, article 30(1)(a) to (g), 27 April 2016"

SECURITY: Final = (
    "Folders and files of a hub are for their owner alone (0700, 0600) or a group; every version has a signed "
    "statement, and what happens to it a leaf in an append-only log; ledger, log and errors hold no text of a document."
)


def sections(facts: Facts) -> tuple[Section, ...]:
    """Return the items, in one section."""
    return (section("30(1)", "Record of the controller", _fields(facts)),)


def _fields(facts: Facts) -> list[Field]:
    subjects = said("Whoever wrote the texts or is named in them.").and_(answers.declared_personal(facts))
    users = facts.acquired("user")
    recipients = not_known("the hub does not see who is given an export.")
    purposes = facts.prose("motivation").and_(facts.prose("intended_uses")).and_(facts.prose("legal_basis"))
    who = facts.prose("issuer").and_(facts.prose("contact"))
    named = ", ".join(one.name for one in users)
    categories = subjects.and_(said(f"Users of a service: {named}.", Origin.DOCUMENTATION)) if users else subjects
    return [
        who.to("(a)", "Controller and contact"),
        purposes.to("(b)", "Purposes of the processing"),
        categories.and_(answers.personal(facts)).to("(c)", "Categories of persons and of personal data"),
        recipients.to("(d)", "Categories of recipients"),
        not_known("no transfer to a third country is on record.").to("(e)", "Transfers to third countries"),
        facts.prose("retention").and_(answers.erasure(facts)).to("(f)", "Time limits for erasure"),
        said(SECURITY).to("(g)", "Technical and organisational security measures"),
    ]
