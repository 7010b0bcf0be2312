"""Erase from the command line: from KIND:VALUE to what ledgers know, with the key of the findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from corpushub.errors import BadRequest
from corpushub.running.rewriters import rewriters_for
from corpushub.running.unfinished import WORK, ErasureReport, FoundDocument, Unsearched, erasure_report
from lineage.control.erasures import PERSONAL, Subject, keys_of_versions
from lineage.control.runs import Run, get_run
from lineage.control.versions import VersionCount, list_datasets, list_versions
from lineage.erasure.erase import ErasureOrder, erase, preview
from lineage.erasure.subjects import KINDS, Found, Words
from lineage.hub import Hub
from pipelines.execution.executor import Execution
from pipelines.rights.suppression import ENTITIES
from policies.addresses.redaction import redact_uri
from policies.addresses.urls import asked_host, asked_prefix
from policies.pii.keys import VARIABLE, Key, KeySource
from policies.pii.normal_values import normal_value


@dataclass(frozen=True, slots=True)
class Request:
    """One request: kind, the value as given, and why. The value is in memory only, and in no message."""

    kind: str
    value: str = field(repr=False)
    reason: str

    @classmethod
    def parse(cls, subject: str, reason: str) -> Request:
        """Return the request for *subject*, KIND:VALUE.

        Raises:
            BadRequest: there is no such kind, the value cannot be one of it, or the reason names it.
        """
        kind, mark, value = subject.partition(":")
        if not mark or kind not in KINDS:
            raise BadRequest(f"a subject is KIND:VALUE, where KIND is one of {', '.join(KINDS)}; nothing was changed")
        request = cls(kind, value.strip(), reason.strip())
        normal = request.normal()
        if any(word.casefold() in reason.casefold() for word in (request.value, normal)):
            raise BadRequest("the reason names the subject, and would be kept with the receipt; say it without")
        return request

    def normal(self) -> str:
        """Return the normal form of the value: what is hashed, or what ledgers have.

        Raises:
            BadRequest: it cannot be a value of its kind.
        """
        normal = _NORMAL[self.kind](self.value)
        if not normal:
            raise BadRequest(f"that is no {self.kind}; nothing was changed; write {self.kind}:{_EXAMPLES[self.kind]}")
        return normal

    def subject(self, key: Key | None) -> Subject:
        """Return whom the request is about, a person by the hash under *key*."""
        if self.kind not in PERSONAL:
            return Subject(self.kind, self.normal())
        if key is None:
            message = (
                f"a subject of kind {self.kind} is found by a keyed hash, and there is no key; nothing was changed; "
            )
            raise BadRequest(message + f"give the key of the runs with --key-file, or set {VARIABLE}")
        return Subject(self.kind, key.hash(ENTITIES[self.kind], self.normal()))


def _identifier(digits: int) -> Callable[[str], str]:
    return lambda value: value.lower() if re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value) else ""


_NORMAL: Final[Mapping[str, Callable[[str], str]]] = {
    "email": lambda value: normal_value("EMAIL_ADDRESS", value) if re.fullmatch(r"\S+@\S+", value) else "",
    "phone": lambda value: normal_value("PHONE_NUMBER", value) if sum(map(str.isdecimal, value)) > 4 else "",
    "name": lambda value: normal_value("PERSON", value),
    "uri-prefix": lambda value: redact_uri(asked_prefix(value) or ""),
    "host": lambda value: asked_host(value) or "",
    "doc": _identifier(32),
    "content": _identifier(64),
}

_EXAMPLES: Final = {
    "email": "someone@example.org",
    "phone": "+1-212-555-0100",
    "name": '"Some One"',
    "uri-prefix": "https://example.org/people/",
    "host": "example.org",
    "doc": "32 hexadecimal digits",
    "content": "64 hexadecimal digits",
}


def read_requests(path: Path, reason: str | None) -> list[Request]:
    """Read requests, one JSON object with ``subject`` and perhaps ``reason`` a line; *reason* is for those without.

    Raises:
        BadRequest: the file cannot be read, or a line is no request; the message names the line, not what is in it.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise BadRequest(f"cannot read {path}: {error.strerror}; nothing was changed") from error
    return [_request(path, number, line, reason) for number, line in enumerate(lines, start=1) if line.strip()]


def _request(path: Path, number: int, line: bytes, reason: str | None) -> Request:
    try:
        content = orjson.loads(line)
        why = content.get("reason") or reason
        if not why:
            raise BadRequest("a request needs a reason; nothing was changed; write one beside it, or give --reason")
        return Request.parse(str(content["subject"]), str(why))
    except (orjson.JSONDecodeError, AttributeError, KeyError):
        message = 'not a request; nothing was changed; write {"subject": "KIND:VALUE", "reason": "..."}'
        raise BadRequest(f"{path}:{number}: {message}") from None
    except BadRequest as error:
        raise BadRequest(f"{path}:{number}: {error}") from None


def execute(
    hub: Hub, requests: Iterable[Request], key_file: Path | None, *, dry_run: bool, execution: Execution | None = None
) -> ErasureReport:
    """Erase what *requests* ask for in one rewrite, or with *dry_run* say what would be.

    Raises:
        BadRequest: a person is to be erased and there is no key, or not the one that findings are hashed with.
    """
    wanted = list(requests)
    if not wanted:
        raise BadRequest("there is nothing to erase; nothing was changed; give --subject KIND:VALUE or --file")
    source = KeySource.locate(key_file) if any(one.kind in PERSONAL for one in wanted) else None
    key = source.load() if source else None
    unhashed = unsearchable(hub, wanted, source)
    order = ErasureOrder(
        subjects=tuple(one.subject(key) for one in wanted),
        reason="; ".join(dict.fromkeys(one.reason for one in wanted)),
        key_id=source.id if source else None,
        words=_words(wanted, unhashed),
    )
    told = [Unsearched(f"{name}@v{number}", why) for (name, number), why in sorted(unhashed.items())]
    if dry_run:
        return _previewed(preview(hub, order), told)
    with rewriters_for(hub.home, WORK, execution or Execution()) as rewriters:
        return erasure_report(erase(hub, order, rewriters), told)


def unsearchable(hub: Hub, requests: Iterable[Request], key: KeySource | None) -> dict[tuple[str, int], str]:
    """Return the versions, as (dataset, number), in which no hash tells of persons, and why; {} if none is asked for.

    Raises:
        BadRequest: the findings of a version were hashed with another key than *key*.
    """
    if not any(one.kind in PERSONAL for one in requests):
        return {}
    keys = keys_of_versions(hub.db)
    found = {}
    for dataset in list_datasets(hub.db):
        for version in list_versions(hub.db, dataset):
            why = _why_unhashed(get_run(hub.db, version.run))
            if why is not None:
                found[(dataset, version.number)] = why
            elif key is not None and keys.get(version.run) not in {None, key.id}:
                message = (
                    f"the findings of {version.name} are hashed with key {keys[version.run]}, and this is {key.id}; "
                )
                raise BadRequest(message + "nothing was changed; give the key of its recipe with --key-file")
    return found


def _why_unhashed(run: Run) -> str | None:
    why = run.not_done.get("pii") or run.not_done.get("findings")
    return None if why is None else f"{why}: its texts were searched for the value as it was written, no more"


def _words(requests: Iterable[Request], unhashed: Mapping[tuple[str, int], str]) -> Words | None:
    words = dict.fromkeys(word for one in requests if one.kind in PERSONAL for word in (one.value, one.normal()))
    return Words(tuple(words), frozenset(unhashed)) if words else None


def _previewed(found: Sequence[Found], unsearched: Iterable[Unsearched]) -> ErasureReport:
    return ErasureReport(
        receipt=None,
        matched=sum(len(one.doc_ids) for one in found),
        versions=tuple(
            VersionCount(f"{one.dataset}@v{number}", count) for one in found for number, count in one.versions.items()
        ),
        verified=None,
        documents=tuple(FoundDocument(one.dataset, doc_id) for one in found for doc_id in sorted(one.doc_ids)),
        unsearched=tuple(unsearched),
        remains=(),
    )
