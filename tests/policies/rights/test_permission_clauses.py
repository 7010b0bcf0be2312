"""The clauses that the table of licences cites are in the texts, and speak of what they are cited for.

The texts are not ours: the test reads a file of SPDX texts beside the checkout, and is skipped where there is none.
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path

import pytest

from policies.rights.permissions import terms_of

TEXTS = Path(__file__).parents[4] / "shared" / "data" / "licences" / "spdx_texts.jsonl.gz"

pytestmark = pytest.mark.skipif(not TEXTS.exists(), reason="there are no licence texts beside the checkout")

WORDS = {
    "reproduce": r"reproduc|\bcopy|\bcopies|reproduire|copier|vervielfält|WANT TO|waive|relinquish|複製",
    "share": r"\bshare|distribut|publish|diffuser|distribuer|communicat|verbreit|verspreid|頒布",
    "adapt": r"adapt|deriv|modif|bearbeit|abwandlung|afgeleid|翻案",
    "attribution": r"credit|attribut|identification of the creator|acknowledge|as authors|obtained from|"
    r"nom de|paternité|\b(?:namen?|naam)\b|クレジット",
    "notice": r"notice|copy of|text of|uniform resource identifier|licence à l.identique|kopie|URI",
    "state-changes": r"chang|modif|History|erkennbar|aangeg",
    "share-alike": r"only under|under this Agreement|precisely this License|adapter's license|m[êe]me licence|"
    r"licence elements|nur unter|unter den Bedingungen|mêmes options|のみ",
    "source": r"alterations|transparent",
    "commercial": r"commerci|geschäftlich|vergütung",
    "derivatives": r"not share,? adapted|no rights to make adaptations|to incorporate the work|abwandlung|veränder",
    "database": r"database|datenbank|databank|bases?\s+de\s+données",
    "cure": r"30 days",
}
"""What a clause must hold to be cited for a word, in the languages of the texts."""


@cache
def texts() -> dict[str, str]:
    """Return the texts by SPDX id, blanks at the ends of lines removed and empty lines left out."""
    with gzip.open(TEXTS, "rt", encoding="utf-8") as file:
        found = {one["id"]: one["text"] for one in map(json.loads, file)}
    return {name: "\n".join(line.strip() for line in text.split("\n") if line.strip()) for name, text in found.items()}


def clause_of(text: str, clause: str) -> str:
    """Return what stands in *text* under *clause*, "3(a)(1)" or a heading, up to the next of its kind; else ""."""
    match = re.fullmatch(r"(\d+(?:\.\d+)*)((?:\(\w+\))*)", clause)
    if match is None:
        at = text.lower().find(clause.lower())
        return text[at : at + 900] if at >= 0 else ""
    number, letters = match[1], re.findall(r"\((\w+)\)", match[2])
    starts = [rf"^Section {number}\b", rf"^{re.escape(number)}(?:\.0)?\.?(?:\s|$)", rf"^第{number}条"]
    places = [one.start() for start in starts for one in re.finditer(start, text, re.MULTILINE)]
    parts = (_inside(_until(text[at:], _next_section(number)), letters) for at in places)
    return next(filter(None, parts), "")


def _inside(part: str, letters: list[str]) -> str:
    for letter in letters:
        start = re.search(rf"^\(?{letter}[.)]\s", part, re.MULTILINE)
        part = "" if start is None else _until(part[start.start() :], rf"^\(?{_after(letter)}[.)]\s")
    return part


def _next_section(number: str) -> str:
    whole, dot, last = number.rpartition(".")
    following = f"{whole}{dot}{int(last) + 1}"
    return rf"^(?:Section {following}\b|{re.escape(following)}(?:\.0)?\.?\s+\D|第{following}条)"


def _after(letter: str) -> str:
    roman = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii"]
    if letter in roman[1:]:
        return roman[roman.index(letter) + 1]
    return str(int(letter) + 1) if letter.isdigit() else chr(ord(letter) + 1)


def _until(text: str, end: str) -> str:
    found = re.search(end, text[1:], re.MULTILINE)
    return text if found is None else text[: found.start() + 1]


def cited() -> list[tuple[str, str, str]]:
    """Return licence, word and clause of every citation."""
    return [(name, *pair) for name in sorted(texts()) for pair in terms_of(name).clauses]


def test_every_cited_clause_speaks_of_what_it_is_cited_for() -> None:
    """The clause is in the licence's own text, and has a word of the matter."""
    wrong = [one for one in cited() if not re.search(WORDS[one[1]], clause_of(texts()[one[0]], one[2]), re.IGNORECASE)]
    assert wrong == []
    assert len(cited()) > 500


def test_every_term_of_the_table_is_cited() -> None:
    """A licence with numbered clauses has one for each of its duties and bans."""
    for name in texts():
        terms = terms_of(name)
        if len(terms.clauses) > 1:
            assert (terms.duties | terms.bans) <= {word for word, _ in terms.clauses}, name


def test_a_wrong_citation_is_seen() -> None:
    """The test can fail: the clause that was cited before for the return of rights says nothing of them."""
    assert not re.search(WORDS["cure"], clause_of(texts()["ODC-By-1.0"], "9.2"))
    assert re.search(WORDS["cure"], clause_of(texts()["ODC-By-1.0"], "9.4(c)"))
    assert clause_of(texts()["CC-BY-4.0"], "17(z)") == ""
