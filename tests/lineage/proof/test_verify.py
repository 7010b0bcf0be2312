from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from lineage.audit_log import leaves, log
from lineage.audit_log.leaves import Event
from lineage.audit_log.signing import open_signer, seal, trusted_keys
from lineage.control.version_files import version_manifest
from lineage.control.versions import Version, get_version
from lineage.errors import BadBundle, LogDamaged, ProofError, SigningError
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.proof import attest
from lineage.proof.checks import Trust
from lineage.proof.explicit import preview_signing, sign
from lineage.proof.guard import require_sound
from lineage.proof.standings import pin
from lineage.proof.verify import verify_hub, verify_version
from lineage.references import VersionRef
from lineage.storage.files import DataFile, list_files, read_whole, remove_file, replace_file
from lineage.storage.manifest import manifest_text, root_of
from lineage.storage.parquet import write_ledger

FRUIT = VersionRef("fruit", 1)

Tamper = Callable[["Attested"], None]

alone = pytest.mark.parametrize("backing", ["local"], indirect=True)


@pytest.fixture
def home(backed_home: Home) -> Home:
    """A fresh hub with each backing."""
    return backed_home


class Attested:
    """A hub with one attested version, fruit@v1, and a later event in its log."""

    def __init__(self, hub: Hub, version: Version) -> None:
        self.hub, self.home, self.db, self.version = hub, hub.home, hub.db, version

    def check(self, trust: Trust | None = None) -> list[str]:
        """Verify the version; return what is wrong, as text."""
        report = verify_version(self.hub, FRUIT, trust)
        assert report.ok == (not report.mismatches)
        return [f"{item.path}: {item.problem}" for item in report.mismatches]

    def file(self, kind: str) -> DataFile:
        """Return the first file of that kind."""
        return version_manifest(self.db, self.version)[kind][0]

    def path(self, kind: str) -> str:
        """Return where the first file of that kind stands."""
        return self.home.resolve(self.file(kind).path)

    def log(self, name: str) -> str:
        """Return where a file of the audit log stands."""
        return f"{self.home.common}/log/{name}"

    def sql(self, command: str, **values: Any) -> None:
        """Change the control database behind the hub's back."""
        with self.db.begin() as connection:
            assert connection.execute(text(command), values).rowcount == 1

    def rows(self, table: str) -> Any:
        """Return the rows of a table of the control database."""
        with self.db.connect() as connection:
            return connection.execute(text(f"SELECT * FROM {table}")).fetchall()


@pytest.fixture
def attested(hub: Hub, make_version: Callable[..., Version]) -> Attested:
    """Return a hub with one attested version whose log goes on after it."""
    attest.record_environment(hub.db, "r1", "ab" * 32, {"pyarrow": "25.0.1"})
    version = make_version("r1", [1, 2, 3], {4: 1})
    log.append(hub, Event("erasure", "receipt", "cd" * 32))
    return Attested(hub, version)


def test_sound_version_is_verified(attested: Attested) -> None:
    """A version that nobody touched is ok, with its statement and its place in the log."""
    report = verify_version(attested.hub, FRUIT)

    assert (report.ok, report.mismatches, report.files) == (True, (), 2)
    assert report.manifest_root == attested.version.manifest_root
    assert (report.leaf, report.log and report.log.size) == (1, 3)
    assert report.statement == attest.attestations(attested.db, attested.version)[0].statement


@alone
def test_statement_says_what_the_version_was_made_of(attested: Attested) -> None:
    """The statement is in-toto v1 with SLSA provenance v1: subject, recipe, inputs by digest, code and libraries."""
    envelope = orjson.loads(attest.attestations(attested.db, attested.version)[0].envelope)
    said = orjson.loads(base64.b64decode(envelope["payload"]))
    build, run = said["predicate"]["buildDefinition"], said["predicate"]["runDetails"]

    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["predicateType"] == "https://slsa.dev/provenance/v1"
    assert said["subject"] == [{"name": "fruit@v1", "digest": {"sha256": attested.version.manifest_root}}]
    assert build["externalParameters"]["recipe"]["digest"] == attested.version.recipe_digest
    assert build["externalParameters"]["policy"] == "ab" * 32
    assert build["resolvedDependencies"] == [
        {"name": "orchard", "uri": "crawl/a.warc.gz", "digest": {"sha256": "e" * 64}, "annotations": {"bytes": 9}}
    ]
    assert run["builder"]["version"]["pyarrow"] == "25.0.1"
    assert run["metadata"]["invocationId"] == "r1"
    assert b"/in/a.warc.gz" not in base64.b64decode(envelope["payload"])


def flip(path: str, at: int = -1) -> None:
    """Change one byte of the file at *path*."""
    content = bytearray(read_whole(path))
    content[at] ^= 1
    replace_file(path, bytes(content))


def read(path: str) -> pa.Table:
    """Return the Parquet file at *path*."""
    return pq.read_table(pa.BufferReader(read_whole(path)))


def remove_all(folder: str) -> None:
    """Remove the files below *folder*."""
    for path in list_files(folder):
        remove_file(path)


def data_file(attested: Attested) -> None:
    """Change a byte of a data file."""
    flip(attested.path("documents"), 40)


def missing_file(attested: Attested) -> None:
    """Remove a data file."""
    remove_file(attested.path("documents"))


def ledger_row(attested: Attested) -> None:
    """Change a row of the ledger, leaving a well-formed file under the old name."""
    table = read(attested.path("ledger"))
    reasons = [("quality" if reason else None) for reason in table["reason"].to_pylist()]
    table = table.set_column(table.schema.get_field_index("reason"), "reason", [reasons])
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    replace_file(attested.path("ledger"), sink.getvalue().to_pybytes())


def ledger_and_database(attested: Attested) -> None:
    """Replace a ledger file by another, and its entry in the control database with it."""
    made = write_ledger(read(attested.path("ledger")).slice(1), attested.path("ledger").rpartition("/")[0])
    values = {"path": attested.home.relative(made.path), "sha256": made.sha256, "rows": made.rows, "bytes": made.bytes}
    changes = ", ".join(f"{name} = :{name}" for name in values)
    attested.sql(f"UPDATE file_spans SET {changes} WHERE \"table\" = 'ledger'", **values)


def whole_manifest(attested: Attested) -> None:
    """Replace a ledger file, its entry, and the manifest root."""
    ledger_and_database(attested)
    root = root_of(manifest_text(version_manifest(attested.db, attested.version)))
    attested.sql("UPDATE versions SET manifest_root = :root", root=root)


def resigned(attested: Attested) -> None:
    """Replace the manifest and sign a statement about it with the hub's own key, as a thief of the key would."""
    whole_manifest(attested)
    root = get_version(attested.db, FRUIT).manifest_root
    envelope = orjson.loads(attest.attestations(attested.db, attested.version)[0].envelope)
    payload = base64.b64decode(envelope["payload"]).replace(attested.version.manifest_root.encode(), root.encode())
    sealed = orjson.dumps(seal(payload, open_signer(attested.home))).decode()
    attested.sql("UPDATE attestations SET envelope = :envelope", envelope=sealed)


def statement(attested: Attested) -> None:
    """Change the statement without the key."""
    envelope = orjson.loads(attest.attestations(attested.db, attested.version)[0].envelope)
    payload = base64.b64decode(envelope["payload"]).replace(b'"dataset":"fruit"', b'"dataset":"roots"')
    envelope["payload"] = base64.b64encode(payload).decode()
    attested.sql("UPDATE attestations SET envelope = :envelope", envelope=orjson.dumps(envelope).decode())


def no_statement(attested: Attested) -> None:
    """Remove the statement."""
    attested.sql("DELETE FROM attestations")


def leaf_content(attested: Attested) -> None:
    """Change what the control database says that the leaf stands for."""
    attested.sql("UPDATE audit_leaves SET content = replace(content, 'fruit@v1', 'fruit@v2') WHERE \"index\" = 1")


def leaf_entry(attested: Attested) -> None:
    """Change the entry that the control database has of another leaf."""
    attested.sql('UPDATE audit_leaves SET entry = :entry WHERE "index" = 2', entry="00" * 32)


def lost_leaf(attested: Attested) -> None:
    """Remove the last leaf from the control database."""
    attested.sql('DELETE FROM audit_leaves WHERE "index" = 2')


def entry_file(attested: Attested) -> None:
    """Change an entry in the log's files."""
    flip(attested.log("tile/entries/000.p/3"))


def leaf_tile(attested: Attested) -> None:
    """Change a hash in the log's tiles."""
    flip(attested.log("tile/0/000.p/3"))


def lost_tile(attested: Attested) -> None:
    """Remove a tile of the log."""
    remove_file(attested.log("tile/0/000.p/3"))


def log_tail(attested: Attested) -> None:
    """Sign a shorter log with the hub's own key: the tail is cut off."""
    from lineage.audit_log.checkpoint import Checkpoint, sign_checkpoint
    from lineage.audit_log.tiles import Tiles

    whole = log.open_log(attested.home, trusted_keys(attested.home).values())
    shorter = Tiles(f"{attested.home.common}/log", 0).extend(whole.tiles.entries(0)[:2])
    note = sign_checkpoint(Checkpoint(whole.origin, 2, shorter.root()), open_signer(attested.home))
    replace_file(attested.log("checkpoint"), note.encode())


def checkpoint_size(attested: Attested) -> None:
    """Change the size in the checkpoint."""
    path = attested.log("checkpoint")
    replace_file(path, read_whole(path).replace(b"\n3\n", b"\n2\n"))


def no_checkpoint(attested: Attested) -> None:
    """Remove the checkpoint."""
    remove_file(attested.log("checkpoint"))


def other_key(attested: Attested) -> None:
    """Replace the keys of the hub by others."""
    for folder in (attested.home.common, str(attested.home.path)):
        remove_all(f"{folder}/keys")
    open_signer(attested.home)


WRONG: dict[Tamper, str] = {
    data_file: r"fruit/documents/data/\S+: its bytes are not those that were committed",
    missing_file: r"fruit/documents/data/\S+: cannot be read: No such file",
    ledger_row: r"fruit/ledger/data/\S+: its bytes are not those that were committed",
    ledger_and_database: "fruit@v1: the list of files is not the one that was committed",
    whole_manifest: "fruit@v1 statement: it is about another manifest",
    resigned: "fruit@v1 statement: it is not the statement that was logged",
    statement: "fruit@v1 statement: no trusted key signed it",
    no_statement: "fruit@v1 statement: there is none, or it was removed",
    leaf_content: "audit leaf 1 in the control database: its content is not what was logged",
    leaf_entry: "audit leaf 2 in the control database: it is not the entry that the log has",
    lost_leaf: "audit log: the control database has 2 of its 3 leaves",
    entry_file: "audit log entry 2: its bytes are not those of the signed leaf",
    leaf_tile: "audit log: .*its tiles do not have the root that the checkpoint names",
    lost_tile: "audit log: .*tile/0/000.p/3: it cannot be read",
    log_tail: "audit log: .*it was cut back: its checkpoint has 2 leaves, and one of 3 was signed before",
    checkpoint_size: "audit log: .*no key of this hub signed its checkpoint",
    no_checkpoint: "audit log: .*its checkpoint is missing",
    other_key: "fruit@v1 statement: no trusted key signed it",
}


@pytest.mark.parametrize("tamper", WRONG, ids=lambda tamper: tamper.__name__)
def test_tampering_is_found_and_named(attested: Attested, tamper: Tamper) -> None:
    """Whatever is changed behind the hub's back, verification says what it was; asking twice heals nothing."""
    tamper(attested)
    problems = attested.check()

    assert any(re.search(WRONG[tamper], problem) for problem in problems), problems
    assert attested.check() == problems


def test_pinned_key_and_checkpoint(attested: Attested, tmp_path: Path) -> None:
    """A checkpoint kept elsewhere convicts a log that was rewritten whole, with the hub's key, database and all."""
    (key,) = trusted_keys(attested.home).values()
    (tmp_path / "key.pub").write_text(key.pem)
    (tmp_path / "checkpoint").write_bytes(read_whole(attested.log("checkpoint")))
    trust = Trust(tmp_path / "key.pub", tmp_path / "checkpoint")
    log.append(attested.hub, Event("erasure", "later", "ef" * 32))
    assert attested.check(trust) == []
    remove_all(f"{attested.home.common}/log")
    with attested.db.begin() as connection:
        for table in ("audit_leaves", "audit_checkpoints", "attestations"):
            connection.execute(text(f"DELETE FROM {table}"))
    assert any("there is none" in problem for problem in attested.check(trust))
    begun = sign(attested.hub, preview_signing(attested.hub, "hub"))
    assert [bool(begun.warnings), len(begun.versions)] == [True, 1]
    problems = attested.check(trust)

    assert [problem.split(": ", 1)[1] for problem in problems] == [
        f"it was rolled back: the log has 2 leaves, and the checkpoint in {tmp_path / 'checkpoint'} speaks of 3"
    ]
    assert attested.check() == []


def test_another_key_is_not_enough(attested: Attested, tmp_path: Path) -> None:
    """With a key that did not sign, neither statement nor log is believed; a file that is no key is an error."""
    stranger = Home(tmp_path / "stranger", "", "").create()
    open_signer(stranger)
    (key,) = (stranger.path / "keys").glob("*.pub")
    assert [problem.split(":")[0] for problem in attested.check(Trust(key))] == ["fruit@v1 statement", "audit log"]
    (tmp_path / "none").write_text("no key")
    with pytest.raises(SigningError, match="no Ed25519 public key"):
        attested.check(Trust(tmp_path / "none"))
    with pytest.raises(BadBundle, match="cannot read the checkpoint"):
        attested.check(Trust(checkpoint=tmp_path / "missing"))


def test_verify_signs_nothing(hub: Hub, make_version: Callable[..., Version], monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves that a crash left unsigned are told, and stay so until the next command that writes."""
    make_version("r1", [1])
    with monkeypatch.context() as patch:
        patch.setattr(log, "_advance", _dies)
        with pytest.raises(KeyboardInterrupt):
            make_version("r2", [1, 2])
    reports = [verify_version(hub, VersionRef("fruit", 2)) for _ in range(2)]

    for report in reports:
        assert (report.ok, report.leaf, report.log and report.log.size) == (True, None, 1), report.mismatches
        assert report.unfinished == (
            "the log has 1 leaves more in the control database than in its checkpoint: "
            "the next command that writes signs them",
        )
    log.catch_up(hub)
    report = verify_version(hub, VersionRef("fruit", 2))
    assert (report.ok, report.leaf, report.log and report.log.size, report.unfinished) == (True, 1, 2, ())


def _dies(*_: object) -> None:
    """Die."""
    raise KeyboardInterrupt


@alone
def test_forged_leaves_are_never_signed(attested: Attested) -> None:
    """A leaf that somebody puts into the control database stays out of the log, and stops whoever would write there."""
    row = {"key": "k", "kind": "version", "subject": "fruit@v2", "content": "{}", "salt": "00" * 32}
    attested.sql(
        'INSERT INTO audit_leaves (log, "index", key, kind, subject, content, salt, entry) '
        "VALUES (:log, 3, :key, :kind, :subject, :content, :salt, :entry)",
        log=str(log.origin_of(attested.home)),
        entry=leaves.commitment("{}", "00" * 32),
        **row,
    )
    for attempt in (log.catch_up, lambda hub: log.append(hub, Event("erasure", "later", "ef" * 32))):
        with pytest.raises(LogDamaged, match="no trusted key placed it"):
            attempt(attested.hub)
    assert any("no trusted key placed it" in problem for problem in attested.check())
    assert b"\n3\n" in read_whole(attested.log("checkpoint"))


@alone
def test_full_disk_is_told_and_made_good(attested: Attested, make_version: Callable[..., Version]) -> None:
    """Where the log cannot be written the version stands and its leaf waits; once it can, the log has it."""
    place = attested.home.path / "log/tile/0/000.p"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "replace_file", _no_room)
        make_version("r2", [1, 2])
    assert place.exists()
    report = verify_version(attested.hub, VersionRef("fruit", 2))
    assert (report.ok, report.leaf, len(report.unfinished)) == (True, None, 1)
    log.catch_up(attested.hub)

    assert verify_version(attested.hub, VersionRef("fruit", 2)).leaf == 4


def _no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


@alone
def test_another_policy_is_logged(hub: Hub, make_version: Callable[..., Version]) -> None:
    """The log has an entry where a version was decided by another policy than the one before it."""
    for number, policy in enumerate((None, "aa", "aa", "bb", None), 1):
        attest.record_environment(hub.db, f"r{number}", policy, {})
        make_version(f"r{number}", [1, number])
    events = [leaf for number in range(1, 6) for leaf in leaves.leaves_about(hub.db, "policy", f"fruit@v{number}")]

    assert [(leaf.subject, orjson.loads(leaf.content or "")["digest"]) for leaf in events] == [
        ("fruit@v2", "aa"),
        ("fruit@v4", "bb"),
        ("fruit@v5", "none"),
    ]


@alone
def test_hub_of_an_earlier_release_is_signed_by_an_act(attested: Attested, tmp_path: Path) -> None:
    """A hub without the tables of proof gets them when it is opened, and is signed when somebody says so, once."""
    old = Home(tmp_path / "old")
    copytree(attested.home.path, old.path, ignore=lambda *_: ["log", "keys"])
    with sqlite3.connect(old.path / "hub.sqlite") as connection:
        for table in ("run_environments", "attestations", "audit_leaves", "audit_checkpoints", "run_texts"):
            connection.execute(f"DROP TABLE {table}")
    hub = Hub(old)
    assert not verify_version(hub, FRUIT).ok
    with pytest.raises(LogDamaged, match=r"attest --sign hub"):
        require_sound(hub, "fruit")
    shown = preview_signing(hub, "hub")
    assert [one.record for one in shown.records] == ["run:r1", "version:fruit@v1"]
    assert sign(hub, shown).signed

    require_sound(hub, "fruit")
    assert verify_version(hub, FRUIT).mismatches == ()
    for ref in ("hub", "fruit@v1", "run:r1"):
        with pytest.raises(ProofError, match="nothing was signed"):
            sign(hub, preview_signing(hub, ref))


@alone
def test_hub_of_the_last_release_is_covered_by_an_act(hub: Hub, make_version: Callable[..., Version]) -> None:
    """Leaves that name no records, and one that an erasure of then forgot, are told, and covered by an act."""
    version = make_version("r1", [1, 2])
    (made,) = attest.attestations(hub.db, version)
    with hub.db.begin() as connection:  # as that release left it: leaf 0 forgotten, then the erasure's, then a new one
        leaves.forget_leaf(connection, made.log, 0)
        connection.execute(text("UPDATE attestations SET leaf = 2"))
    log.append(hub, Event("erasure", "receipt:1", "cd" * 32, {"documents": 1, "versions": 1}))
    log.append(hub, Event("version", "fruit@v1", made.statement, {"manifest_root": version.manifest_root}))
    told = [f"{one.path}: {one.problem}" for one in verify_version(hub, FRUIT).mismatches]

    assert [one.partition(":")[0] for one in told] == ["audit leaf 0 in the control database", "run", "version"]
    assert all("corpushub attest --sign hub" in one for one in told)
    with pytest.raises(LogDamaged, match="attest --sign hub"):
        require_sound(hub, "fruit")
    with pytest.raises(LogDamaged, match="nothing was changed"):
        pin(hub, FRUIT, "why")
    shown = preview_signing(hub, "hub")
    assert len(shown.warnings) == 1
    assert sign(hub, shown).versions == ()
    assert verify_version(hub, FRUIT).mismatches == ()
    require_sound(hub, "fruit")
    with pytest.raises(ProofError, match="nothing to sign"):
        sign(hub, preview_signing(hub, "hub"))


@alone
def test_log_is_never_begun_beside_versions(attested: Attested) -> None:
    """Where log, leaves and checkpoint are gone, no command that writes begins a new log on the quiet."""
    remove_all(f"{attested.home.common}/log")
    with attested.db.begin() as connection:
        for table in ("audit_leaves", "audit_checkpoints", "attestations", "audit_leaf_signatures"):
            connection.execute(text(f"DELETE FROM {table}"))
    for attempt in (lambda: pin(attested.hub, FRUIT, "why"), lambda: require_sound(attested.hub, "fruit")):
        with pytest.raises(LogDamaged, match="no audit log speaks of them"):
            attempt()
    assert log.newest_note(attested.home) is None


@alone
def test_empty_hub_is_sound(hub: Hub) -> None:
    """A hub without anything has nothing to verify."""
    assert verify_hub(hub).ok
    require_sound(hub)
