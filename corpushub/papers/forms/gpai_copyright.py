"""Copyright chapter of the code of practice for general-purpose AI (10 July 2025): its measures, with evidence."""

from __future__ import annotations

from typing import Final

from corpushub.papers import answers
from corpushub.papers.facts import Facts
from corpushub.papers.fields import Field, Origin, Section, not_applicable, not_known, said, section

TITLE: Final = "Copyright measures (code of practice for general-purpose AI)"
SOURCE: Final = "Code of Practice for General-Purpose AI Models, copyright chapter, measures 1.1 to 1.5, 10 July 2025"

PROTOCOLS: Final = (
    "robots.txt (RFC 9309) and its groups for AI agents",
    "Content-Usage (AIPREF) and Content-Signal in headers and robots.txt",
    "TDM Reservation Protocol in headers, pages, tdmrep.json, EPUB and PDF files",
    "X-Robots-Tag and meta robots with noai",
    "ai.txt",
    "Really Simple Licensing",
    "C2PA manifests",
    "licence markup of pages",
)
"""What is read about reservations (docs/consent.md, docs/rights.md): each is a table in the conformance tests."""


def sections(facts: Facts) -> tuple[Section, ...]:
    """Return a section for each measure."""
    return (
        section("1.1", "Copyright policy", _policy(facts)),
        section("1.2", "Lawfully accessible content", _lawful(facts)),
        section("1.3", "Rights reservations", _reservations(facts)),
        section("1.4", "Outputs that infringe", _outputs()),
        section("1.5", "Point of contact and complaints", _contact(facts)),
    )


def _policy(facts: Facts) -> list[Field]:
    decided = "policy" not in facts.run.not_done
    words = f"Decided by the policy that run:{facts.run.id} records, with a leaf in the audit log."
    policy = said(words, Origin.CONTROL) if decided else not_known("no policy decided; the recipe has no [policy].")
    return [
        policy.to("1.1(a)", "Policy that was applied"),
        facts.prose("issuer").to("1.1(b)", "Who is responsible"),
        not_known("whether a summary of the policy is published is not on record.").to("1.1(c)", "Published summary"),
    ]


def _lawful(facts: Facts) -> list[Field]:
    own = facts.acquired("own-crawl")
    behaviour = [f"{one.name}: {one.crawler.behaviour}" for one in own if one.crawler and one.crawler.behaviour]
    if not own:
        gates = not_applicable('no source is declared as crawled by ourselves (acquired = "own-crawl").')
    elif behaviour:
        gates = said("; ".join(behaviour) + ".", Origin.DOCUMENTATION)
    else:
        gates = not_known("no source says under crawler how its crawler behaves.")
    excluded = not_known(
        "the hub fetches nothing; a list of excluded sites is a registry of the policy, if there is one."
    )
    return [
        gates.to("1.2(a)", "Technical measures are not circumvented"),
        excluded.to("1.2(b)", "Sites recognised as infringing are excluded"),
        answers.sources(facts).to("1.2(c)", "Sources, and how they were acquired"),
    ]


def _reservations(facts: Facts) -> list[Field]:
    read = said(
        f"Read in every run, as of the time of each capture, files of sites where a source names them under robots: "
        f"{'; '.join(PROTOCOLS)}."
    )
    missing = not_known("the hub does not see whether a search engine is affected.")
    return [
        read.to("1.3(a)", "Protocols that are read"),
        answers.consent(facts).to("1.3(b)", "Reservations that were found"),
        answers.reservations(facts).to("1.3(c)", "Reservations that were obeyed"),
        answers.erasure(facts).to("1.3(d)", "Reservations that come later"),
        missing.to("1.3(e)", "Effect on search engines"),
    ]


def _outputs() -> list[Field]:
    why = "outputs are a model's, and the hub keeps texts alone."
    return [
        not_applicable(why).to("1.4(a)", "Technical safeguards"),
        not_applicable(why).to("1.4(b)", "Terms of use"),
    ]


def _contact(facts: Facts) -> list[Field]:
    found = said(
        "The command corpushub find looks a complaint's work up by its address, host or text, dropped ones too."
    )
    return [
        facts.prose("contact").to("1.5(a)", "Point of contact"),
        found.and_(answers.erasure(facts)).to("1.5(b)", "How complaints are handled"),
    ]
