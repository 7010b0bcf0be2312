"""Small hubs for the tests of lineage: built with the real writer, catalog and control database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from lineage.commit.publish import publish
from lineage.commit.release import Release
from lineage.control.runs import Run, RunInput, RunState, start_run
from lineage.control.versions import Version, list_versions
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import FileKind, Home
from lineage.proof.attest import record_version
from lineage.storage.files import DataFile
from lineage.storage.manifest import manifest_root
from lineage.storage.parquet import write_documents, write_ledger

CAPTURED = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests away from them."""
    for name in ("CORPUSHUB_HOME", "CORPUSHUB_CATALOG", "CORPUSHUB_WAREHOUSE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a fresh hub home, in a folder whose name needs quoting."""
    return Home(tmp_path / "a hub's [home]").create()


@pytest.fixture
def db(hub: Hub) -> Database:
    """Return the control database of *home*."""
    return hub.db


@pytest.fixture
def make_id() -> Callable[[int], str]:
    """Return a function that makes the doc_id of a number, spread as hashes are."""
    return doc_id


def doc_id(number: int) -> str:
    """Return a doc_id for *number*."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def text_of(number: int, edition: str) -> str:
    """Return the text of document *number*."""
    return f"Document {number} speaks of quinces. {edition}"


@pytest.fixture
def make_release(home: Home) -> Callable[..., Release]:
    """Return a function that writes the files of a run over documents given by number."""

    def make(
        run: str,
        kept: Sequence[int],
        dropped: Mapping[int, int | None] | None = None,
        signals: Mapping[str, pa.DataType] | None = None,
        edition: str = "",
    ) -> Release:
        drops = dropped or {}
        documents = write_documents(
            documents_table(kept, signals or {}, edition), home.data_folder("fruit", "documents"), signals
        )
        ledger = write_ledger(ledger_table(run, kept, drops, edition), home.data_folder("fruit", "ledger"))
        counts = {"read": len(kept) + len(drops), "kept": len(kept), "changed": 0, "dropped": len(drops), "failed": 0}
        return Release(
            run=replace(Run(run, "fruit", "[dataset]", "c" * 64, "d" * 64, "0.1"), counts=counts),
            documents=[documents] if kept else [],
            ledger=[ledger] if kept or drops else [],
            signals=signals or {},
            licenses={"MIT": len(kept)},
            languages={"en": len(kept)},
            sources={"orchard": len(kept)},
        )

    return make


def documents_table(numbers: Sequence[int], signals: Mapping[str, pa.DataType], edition: str) -> pa.Table:
    """Return documents rows for *numbers*; each signal is the number."""
    texts = [text_of(number, edition) for number in numbers]
    return pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "doc_id": pa.array([doc_id(number) for number in numbers], pa.string()),
            "content_id": pa.array([hashlib.sha256(text.encode()).hexdigest() for text in texts], pa.string()),
            "source": pa.array(["orchard"] * len(numbers), pa.string()),
            "source_id": pa.array([f"Q-{number}" for number in numbers], pa.string()),
            "uri": pa.array([f"https://orchard.example/{number}" for number in numbers], pa.string()),
            "license": pa.array(["MIT"] * len(numbers), pa.string()),
            "language": pa.array(["en"] * len(numbers), pa.string()),
            "captured_at": pa.array([CAPTURED] * len(numbers), pa.timestamp("us", tz="UTC")),
            "pii_counts": pa.array([[("EMAIL", 2)]] * len(numbers), pa.map_(pa.string(), pa.int32())),
            **{name: pa.array(numbers, pa.int64()).cast(kind) for name, kind in signals.items()},
        }
    )


def ledger_table(run: str, kept: Sequence[int], dropped: Mapping[int, int | None], edition: str) -> pa.Table:
    """Return ledger rows: kept documents were changed first, dropped ones name their survivor."""
    rows = []
    for number in (*kept, *dropped):
        base = {
            "doc_id": doc_id(number),
            "content_id": hashlib.sha256(text_of(number, edition).encode()).hexdigest(),
            "run": run,
            "source": "orchard",
            "source_id": f"Q-{number}",
            "uri": f"https://orchard.example/{number}",
            "captured_at": CAPTURED,
            "file": "crawl/a.warc.gz",
            "offset": 100 * number,
            "length": 100,
        }
        if number in dropped:
            survivor = dropped[number]
            reason = "gopher_too_few_words" if survivor is None else "near_duplicate"
            ending = {"seq": 0, "step": "deduplicate", "outcome": "dropped", "reason": reason}
            twin = {} if survivor is None else {"duplicate_of": doc_id(survivor), "similarity": 0.875}
            rows.append({**base, **ending, **twin})
        else:
            rows.append({**base, "seq": 1, "step": "release", "outcome": "kept"})
            edit = {"seq": 0, "step": "pii", "outcome": "changed", "reason": "pii_scrubbed", "value": 2.0}
            rows.append({**base, **edit})
    columns = sorted({name for row in rows for name in row})
    table: pa.Table = (
        pa.Table.from_pylist([{name: row.get(name) for name in columns} for row in rows])
        if rows
        else pa.table({"doc_id": pa.array([], pa.string())})
    )
    return table


@pytest.fixture
def make_version(hub: Hub, make_release: Callable[..., Release]) -> Callable[..., Version]:
    """Return a function that records a version, with the arguments of make_release: attested, but without Iceberg."""

    def make(run: str, *arguments: object, keeping: Release | None = None, **settings: object) -> Version:
        release = make_release(run, *arguments, **settings)
        if keeping is not None:
            release = joined(release, keeping)
        start(hub.db, release)
        version = unpublished(release, len(list_versions(hub.db, "fruit")) + 1)
        documents, ledger = (
            [replace(file, path=hub.home.relative(file.path)) for file in files] for files in tables_of(release)
        )
        files: dict[FileKind, list[DataFile]] = {"documents": documents, "ledger": ledger}
        return record_version(hub, version, files, replace(release.run, state=RunState.COMMITTED))

    return make


@pytest.fixture
def publish_version(hub: Hub, make_release: Callable[..., Release]) -> Callable[..., Version]:
    """Return a function that publishes a version in earnest, with the arguments of make_release."""

    def make(run: str, *arguments: object, **settings: object) -> Version:
        release = make_release(run, *arguments, **settings)
        start(hub.db, release)
        return publish(hub, release)

    return make


def start(db: Database, release: Release) -> None:
    """Record the run of *release* with its one input."""
    start_run(db, release.run, [RunInput("orchard", "crawl/a.warc.gz", "/in/a.warc.gz", 9, "e" * 64)])


def tables_of(release: Release) -> tuple[Sequence[DataFile], Sequence[DataFile]]:
    """Return the documents and ledger files of *release*."""
    return release.documents, release.ledger


def unpublished(release: Release, number: int) -> Version:
    """Return version *number* as publishing *release* would record it, but for snapshots."""
    return Version(
        dataset="fruit",
        number=number,
        run=release.run.id,
        parent=number - 1 or None,
        manifest_root=manifest_root(*tables_of(release)),
        created=f"2024-01-{number:02}T00:00:00.000000Z",
        documents=sum(file.rows for file in release.documents),
        bytes=sum(file.bytes for file in release.documents),
        licenses=dict(release.licenses),
        languages=dict(release.languages),
        sources=dict(release.sources),
        recipe_digest=release.run.recipe_digest,
        ledger_snapshot=0,
        documents_snapshot=0,
    )


def joined(release: Release, earlier: Release) -> Release:
    """Return *release* with the files of *earlier* taken over."""

    def both(new: Sequence[DataFile], old: Sequence[DataFile]) -> list[DataFile]:
        return [*old, *new]

    return replace(
        release,
        documents=both(release.documents, earlier.documents),
        ledger=both(release.ledger, earlier.ledger),
    )
