"""Erase from the command line: from KIND:VALUE to what ledgers know, with the key of the findings."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import orjson

from connectors.streams.scratch import remove_abandoned
from corpushub.errors import BadRequest
from corpushub.requests.subjects import Request, refuse_naming, spellings
from corpushub.running.rewriters import rewriters_for
from corpushub.running.unfinished import ErasureReport, FoundDocument, erasure_report
from lineage.control.erasures import PERSONAL, Unsearched, keys_of_versions
from lineage.control.people.exports import exports_of_version
from lineage.control.runs import get_run
from lineage.control.under_way import GATE
from lineage.control.versions import Version, VersionCount, list_datasets, list_versions
from lineage.erasure.erase import ErasureOrder, erase, preview, staying
from lineage.erasure.subjects import Found
from lineage.hub import Hub
from pipelines.execution.executor import Execution
from policies.pii.disguises import UNSEARCHED
from policies.pii.keys import VARIABLE, KeySource
from policies.small_files import LIST, read_small


def read_requests(path: Path, reason: str | None, *, reasons: bool = True) -> list[Request]:
    """Read requests, one JSON object with ``subject`` and perhaps ``reason`` a line; *reason* is for those without.

    *reasons* tells whether each needs one.

    Raises:
        BadRequest: the file cannot be read, or a line is no request; the message names the line, not what is in it.
    """
    try:
        lines = read_small(path, LIST).splitlines()
    except OSError as error:
        raise BadRequest(
            f"cannot read {path}: {error.strerror}; nothing was changed; name a file of JSON lines"
        ) from error
    return [
        _request(f"{path}:{number}", line, reason, reasons)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def _request(place: str, line: bytes, reason: str | None, needed: bool) -> Request:
    try:
        content = orjson.loads(line)
        request = Request.parse(str(content["subject"]), str(content.get("reason") or reason or ""))
        if needed and not request.reason:
            raise BadRequest("a request needs a reason; nothing was changed; write one beside it, or give --reason")
        return request
    except (orjson.JSONDecodeError, AttributeError, KeyError):
        message = 'not a request; nothing was changed; write {"subject": "KIND:VALUE", "reason": "..."}'
        raise BadRequest(f"{place}: {message}") from None
    except BadRequest as error:
        raise BadRequest(f"{place}: {error}") from None


def execute(
    hub: Hub, requests: Iterable[Request], key_file: Path | None, *, dry_run: bool, execution: Execution | None = None
) -> ErasureReport:
    """Erase what *requests* ask for in one rewrite, or with *dry_run* say what would be.

    Where no run hashed findings a person is found by the text alone, and no key is needed.

    Raises:
        BadRequest: a person is to be erased, and the key that findings are hashed with is not there.
    """
    wanted = list(requests)
    if not wanted:
        raise BadRequest("there is nothing to erase; nothing was changed; give --subject KIND:VALUE or --file")
    personal = any(one.kind in PERSONAL for one in wanted)
    located = KeySource.locate(key_file) if personal or key_file else None  # a file that is named must be there
    source = located if personal else None
    key, salt = source.load() if source else None, secrets.token_hex(16)
    reason = "; ".join(dict.fromkeys(one.reason for one in wanted))
    refuse_naming(reason, wanted)
    order = ErasureOrder(
        subjects=tuple(one.subject(key, salt) for one in wanted),
        reason=reason,
        key_id=source.id if source else None,
        spellings=spellings(wanted),
        unsearched=unsearched(hub, wanted, source),
        salt=salt,
    )
    if dry_run:
        return _previewed(hub, preview(hub, order), (*order.unsearched, *staying(hub, order)))
    remove_abandoned()  # of killed commands; those in the home go with its work files
    with rewriters_for(hub.home, GATE, execution or Execution()) as rewriters:
        return erasure_report(erase(hub, order, rewriters))


def unsearched(hub: Hub, requests: Iterable[Request], key: KeySource | None) -> tuple[Unsearched, ...]:
    """Return what cannot be looked for: what no spelling covers, and versions in which no hash tells of persons.

    Raises:
        BadRequest: the findings of a version were hashed with another key than *key*, or with one that is not there.
    """
    if not any(one.kind in PERSONAL for one in requests):
        return ()
    keys = keys_of_versions(hub.db)
    found = [Unsearched(None, what) for what in UNSEARCHED]
    if key is None:
        found.append(Unsearched(None, _NO_KEY))
    for dataset in sorted(list_datasets(hub.db)):
        for version in sorted(list_versions(hub.db, dataset), key=lambda version: version.number):
            run = get_run(hub.db, version.run)
            why = run.not_done.get("pii") or run.not_done.get("findings")
            if why is not None:
                found.append(Unsearched(version.name, f"{why}: no hash tells of persons; {_BY_TEXT}"))
            else:
                _require_key(version, keys.get(version.run), key)
    return tuple(found)


_BY_TEXT: Final = "spellings of the value were looked for in texts, titles, authors, addresses and ids"
_NO_KEY: Final = (
    "there is no key, so later runs cannot recognise the person: they refuse the records that were found, and no others"
)


def _require_key(version: Version, used: str | None, key: KeySource | None) -> None:
    if key is None:
        what = f"the key {used}" if used else "a key"
        message = (
            f"the findings of {version.name} are hashed with {what}, and there is none here; nothing was changed; "
        )
        raise BadRequest(message + f"give it with --key-file, or set {VARIABLE}")
    if used not in {None, key.id}:
        message = f"the findings of {version.name} are hashed with key {used}, and this is {key.id}; "
        raise BadRequest(message + "nothing was changed; give the key of its recipe with --key-file")


def _previewed(hub: Hub, found: Sequence[Found], unsearched: Iterable[Unsearched]) -> ErasureReport:
    holding = ((one.dataset, number) for one in found for number, count in one.versions.items() if count)
    return ErasureReport(
        receipt=None,
        matched=len({doc_id for one in found for doc_id in one.doc_ids}),
        versions=tuple(
            VersionCount(f"{one.dataset}@v{number}", count) for one in found for number, count in one.versions.items()
        ),
        verified=None,
        documents=tuple(FoundDocument(one.dataset, doc_id) for one in found for doc_id in sorted(one.doc_ids)),
        unsearched=tuple(unsearched),
        remains=(),
        exports=tuple(one for version in holding for one in exports_of_version(hub.db, *version)),
    )
