"""Tamperings with a hub: what somebody does who can write its database, files or log, and what is said of it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, rmtree
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import JSON, Column, Float, Integer

import corpushub
from corpushub.testing.sources import write_jsonl
from lineage.audit_log.checkpoint import open_checkpoint, sign_checkpoint
from lineage.audit_log.leaves import Event, commitment
from lineage.audit_log.log import append
from lineage.audit_log.signing import FileSigner, read_public_key
from lineage.control.version_files import version_manifest
from lineage.control.versions import get_version
from lineage.errors import AlteredDatabase, DamagedFile, LogDamaged
from lineage.hub.schema import METADATA
from lineage.references import VersionRef
from lineage.storage.manifest import manifest_text, root_of
from pipelines.execution.executor import Execution

TABLES: Final = METADATA.tables

if TYPE_CHECKING:
    from tests.corpushub.tamper.conftest import Place


@dataclass(frozen=True)
class Tampering:
    """A tampering.

    Attributes:
        what: what is done, in a line of the docs.
        do: does it.
        says: what verification says of it, in these words among others.
        outside: which checkpoint an outsider must have kept, with the key, to see it; none where the hub itself tells.
    """

    what: str
    do: Callable[[Place], object]
    says: str
    outside: str = ""

    @property
    def name(self) -> str:
        """Its name in the list of tests."""
        return self.what.replace(" ", "-")


def sql(command: str, *values: object) -> Callable[[Place], None]:
    """Return what gives *command* to the control database, and sees that it changed something."""

    def do(place: Place) -> None:
        assert place.sql(command, *values) > 0, command

    return do


def script(commands: str) -> Callable[[Place], None]:
    """Return what gives *commands* to the control database, to change what it is made of."""
    return lambda place: place.script(commands)


HIDE: Final = """
    ALTER TABLE suppressions RENAME TO s2;
    CREATE VIEW suppressions AS SELECT * FROM s2 WHERE NOT EXISTS (SELECT 1 FROM runs WHERE state = 'running');
"""
"""Hides what was erased while a run works, and shows it to whoever verifies."""

REWRITE: Final = """
    CREATE TRIGGER t AFTER INSERT ON versions BEGIN
        UPDATE versions SET documents = 999 WHERE dataset = new.dataset AND number = new.number;
    END;
"""
"""Changes what is written before it is read back to be logged."""


def flip(path: Path, at: int = -1) -> None:
    """Change one byte of the file at *path*."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def newest(folder: Path) -> Path:
    """Return the partial tile in *folder* that is the widest."""
    return max(folder.glob("000.p/*"), key=lambda path: int(path.name))


def replace_version(place: Place) -> None:
    """Give version 1 the files of version 3, and take statement and leaf away: what verify once signed anew."""
    place.sql('DELETE FROM file_spans WHERE "first" = 1 AND "last" = 1')
    place.sql('UPDATE file_spans SET "first" = 1 WHERE "first" <= 3 AND coalesce("last", 3) >= 3')
    place.sql(
        "UPDATE versions SET manifest_root = (SELECT manifest_root FROM versions WHERE number = 3) WHERE number = 1"
    )
    place.sql("DELETE FROM attestations WHERE number = 1")
    place.sql(
        "UPDATE audit_leaves SET content = NULL, salt = NULL, subject = NULL, key = 'forgotten:x' "
        "WHERE kind = 'version' AND subject = 'd@v1'"
    )


def delete_version(place: Place) -> None:
    """Remove all that the database has of version 3."""
    for table in ("versions", "attestations"):
        place.sql(f"DELETE FROM {table} WHERE number = 3")
    place.sql('DELETE FROM file_spans WHERE "first" = 3 AND "last" = 3')


def add_version(place: Place) -> None:
    """Put a version into the database that nobody made: a copy of version 4."""
    columns = [row[1] for row in place.rows("PRAGMA table_info(versions)")]
    others = ", ".join(f'"{name}"' for name in columns if name not in {"number", "run"})
    place.sql(
        f"INSERT INTO versions (number, run, {others}) SELECT 9, 'nobody', {others} FROM versions WHERE number = 4"
    )


def other_manifest(place: Place) -> None:
    """Replace a file of version 3 in the list, and the manifest root with it."""
    place.sql('UPDATE file_spans SET rows = rows + 1 WHERE "first" = 3 AND "table" = \'ledger\'')
    with corpushub.open(place.hub) as hub:
        version = get_version(hub.db, VersionRef("d", 3))
        root = root_of(manifest_text(version_manifest(hub.db, version)))
    place.sql("UPDATE versions SET manifest_root = ? WHERE number = 3", root)


def swap_files(place: Place) -> None:
    """Swap the contents of the documents files of two versions."""
    one, two = place.file("documents", 1), place.file("documents", 3)
    first, second = one.read_bytes(), two.read_bytes()
    assert first != second
    one.write_bytes(second)
    two.write_bytes(first)


def old_log(place: Place) -> list[int]:
    """Put the log back to the checkpoint after the first run, the one in the database with it; return its sizes."""
    early, kept = place.early.read_text(encoding="utf-8"), place.kept.read_text(encoding="utf-8")
    before, size = (int(note.split("\n")[1]) for note in (early, kept))
    for row in ("0", "entries"):
        whole = newest(place.log(f"tile/{row}"))
        width = 32 if row == "0" else 34
        (whole.parent / str(before)).write_bytes(whole.read_bytes()[: before * width])
        whole.unlink()
    place.log("checkpoint").write_text(early, encoding="utf-8")
    place.sql("UPDATE audit_checkpoints SET size = ?, note = ?", before, early)
    return [before, size]


def old_log_and_leaves(place: Place) -> None:
    """Put the log back, and remove the later leaves from the database."""
    before, _ = old_log(place)
    place.sql('DELETE FROM audit_leaves WHERE "index" >= ?', before)


def whole_hub(place: Place) -> None:
    """Put the whole hub back to what it was: here, by making one with the same key that has less to tell."""
    keys = place.folder / "keys"
    copytree(place.hub / "keys", keys)
    rmtree(place.hub)
    copytree(keys, place.hub / "keys")
    with corpushub.open(place.hub) as hub:
        hub.run(place.folder / "recipe.toml", Execution(workers=1))


def sign_anew(place: Place) -> None:
    """With the hub's own key: forget the log and all leaves, and sign everything as it is then."""
    rmtree(place.hub / "log")
    for table in ("audit_leaves", "audit_checkpoints", "attestations"):
        place.sql(f"DELETE FROM {table}")
    place.sql("UPDATE versions SET documents = documents + 1 WHERE number = 4")
    with corpushub.open(place.hub) as hub:
        assert hub.sign("hub", lambda _: True).signed


def forge_leaf(place: Place) -> None:
    """Put a leaf into the database that says of version 4 what somebody would like."""
    log, size = place.rows('SELECT log, max("index") + 1 FROM audit_leaves')[0]
    content = '{"digest":"00","facts":{},"kind":"version","logged":"","subject":"d@v4"}'
    place.sql(
        'INSERT INTO audit_leaves (log, "index", key, kind, subject, content, salt, entry) VALUES (?,?,?,?,?,?,?,?)',
        *(log, size, "k", "version", "d@v4", content, "00" * 32, commitment(content, "00" * 32)),
    )


def foreign_checkpoint(place: Place) -> FileSigner:
    """Sign the checkpoint with another key; return its signer."""
    signer = FileSigner(Ed25519PrivateKey.generate())
    found = open_checkpoint(place.log("checkpoint").read_text(encoding="utf-8"), [read_public_key(place.key)])
    assert found is not None
    place.log("checkpoint").write_text(sign_checkpoint(found, signer), encoding="utf-8")
    return signer


def foreign_key(place: Place) -> None:
    """Sign the checkpoint with another key, and put that one among the keys that the hub trusts."""
    signer = foreign_checkpoint(place)
    (place.hub / "keys" / "other.pub").write_text(signer.public.pem, encoding="utf-8")


def swap_statements(place: Place) -> None:
    """Put the statement about version 3 in the place of that about version 4."""
    (envelope,) = place.rows("SELECT envelope FROM attestations WHERE number = 3")[0]
    place.sql("UPDATE attestations SET envelope = ? WHERE number = 4", envelope)


def second_leaf(place: Place) -> None:
    """With the hub's own key: log another statement about version 4."""
    with corpushub.open(place.hub) as hub:
        append(hub, Event("version", "d@v4", "0" * 64))


UNREADABLE: Final = "it holds what cannot be read"
PLANTED: Final = "INSERT INTO erasures VALUES ('beef', '{}', 'x', '[]', '00', NULL, '2026', NULL, 0, '{{}}')"
NOT_LOGGED: Final = "it is not what was logged"
NOBODY: Final = "no leaf of the log speaks of it"
LOST: Final = "it is in the log, and not in the control database"

HUBS: Final = (
    # versions
    Tampering(
        "a signed version is replaced, its statement removed and its leaf nulled",
        replace_version,
        "and no erasure made it forgotten",
    ),
    Tampering("a version is removed from the database", delete_version, f"version:d@v3: {LOST}"),
    Tampering("a version that nobody made is put into the database", add_version, f"version:d@v9: {NOBODY}"),
    Tampering(
        "the number of documents is edited",
        sql("UPDATE versions SET documents = 99 WHERE number = 3"),
        f"version:d@v3: {NOT_LOGGED}",
    ),
    Tampering(
        "the licences are edited",
        sql("UPDATE versions SET licenses = '{\"MIT\": 4}' WHERE number = 1"),
        f"version:d@v1: {NOT_LOGGED}",
    ),
    Tampering(
        "the languages are edited",
        sql("UPDATE versions SET languages = '{\"en\": 4}' WHERE number = 1"),
        f"version:d@v1: {NOT_LOGGED}",
    ),
    Tampering(
        "the sources are edited",
        sql("UPDATE versions SET sources = '{\"web\": 4}' WHERE number = 1"),
        f"version:d@v1: {NOT_LOGGED}",
    ),
    Tampering(
        "the bytes of text are edited",
        sql("UPDATE versions SET bytes = 1 WHERE number = 1"),
        f"version:d@v1: {NOT_LOGGED}",
    ),
    Tampering(
        "the parent is edited", sql("UPDATE versions SET parent = 1 WHERE number = 3"), f"version:d@v3: {NOT_LOGGED}"
    ),
    Tampering(
        "the time of making is edited",
        sql("UPDATE versions SET created = '2020' WHERE number = 4"),
        "d@v4 statement: the control database tells predicate.runDetails.metadata.finishedOn otherwise",
    ),
    Tampering(
        "the ranges of ids are edited, so that documents are not found",
        sql('UPDATE file_spans SET first_doc_id = last_doc_id WHERE "table" = \'ledger\' AND "first" = 3'),
        f"version:d@v3: {NOT_LOGGED}",
    ),
    Tampering(
        "an entry in the list of files is replaced",
        sql('UPDATE file_spans SET sha256 = ? WHERE "first" = 3 AND "table" = \'ledger\'', "0" * 64),
        "d@v3: the list of files is not the one that was committed",
    ),
    Tampering(
        "the list of files is replaced with its root", other_manifest, "d@v3 statement: it is about another manifest"
    ),
    Tampering(
        "a revision is edited",
        sql("UPDATE revisions SET documents = 0 WHERE number = 1"),
        f"version:d@v1: {NOT_LOGGED}",
    ),
    Tampering("a revision is removed", sql("DELETE FROM revisions WHERE number = 1"), f"version:d@v1: {NOT_LOGGED}"),
    # runs
    Tampering(
        "the counts of a run are edited",
        sql("UPDATE runs SET counts = '{\"read\": 1}' WHERE id = (SELECT run FROM versions WHERE number = 1)"),
        "d@v1 statement: the control database tells predicate.runDetails.byproducts[0].annotations",
    ),
    Tampering(
        "what a run did not do is edited",
        sql("UPDATE runs SET not_done = '{}' WHERE id = (SELECT run FROM versions WHERE number = 1)"),
        "internalParameters.notDone",
    ),
    Tampering(
        "the recipe of a run is edited",
        sql("UPDATE runs SET recipe = recipe || '# x' WHERE id = (SELECT run FROM versions WHERE number = 1)"),
        "externalParameters.recipe.text otherwise",
    ),
    Tampering(
        "a run is removed", sql("DELETE FROM runs WHERE id = (SELECT run FROM versions WHERE number = 1)"), f": {LOST}"
    ),
    Tampering(
        "an input of a run is edited",
        sql("UPDATE run_inputs SET sha256 = ?", "0" * 64),
        "resolvedDependencies[0].digest.sha256 otherwise",
    ),
    Tampering(
        "an input of a run is removed",
        sql("DELETE FROM run_inputs WHERE name LIKE '%b.jsonl'"),
        "resolvedDependencies otherwise",
    ),
    Tampering(
        "the libraries of a run are edited",
        sql("UPDATE run_environments SET libraries = '{}'"),
        "runDetails.builder.version",
    ),
    Tampering(
        "the policy of a run is edited",
        sql("UPDATE run_environments SET policy = ?", "0" * 64),
        "externalParameters.policy otherwise",
    ),
    Tampering(
        "the key of a run is edited",
        sql("INSERT INTO run_keys SELECT run, 'k' FROM versions WHERE number = 1"),
        f": {NOT_LOGGED}",
    ),
    Tampering(
        "the text of a policy is edited",
        sql("UPDATE policy_texts SET text = text || '# x'"),
        "the text is not the one with this SHA-256",
    ),
    Tampering(
        "another text is put in the place of a policy's",
        sql(
            "INSERT INTO policy_texts SELECT ?, policy, 'x', '9999' FROM policy_texts",
            "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
        ),
        f"policy:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881: {NOBODY}",
    ),
    # erasures
    Tampering("the suppressions are removed", sql("DELETE FROM suppressions"), f"suppressions: {LOST}"),
    Tampering(
        "a suppression is edited", sql("UPDATE suppressions SET value = 'other.example'"), f"suppressions: {NOT_LOGGED}"
    ),
    Tampering(
        "a suppression is added",
        sql("INSERT INTO suppressions SELECT kind, 'x.example', key_id, receipt, created FROM suppressions"),
        f"suppressions: {NOT_LOGGED}",
    ),
    Tampering("the reason of an erasure is edited", sql("UPDATE erasures SET reason = 'x'"), NOT_LOGGED),
    Tampering("the requests of an erasure are edited", sql("UPDATE erasures SET requests = '[]'"), NOT_LOGGED),
    Tampering("a receipt is removed", sql("DELETE FROM erasures"), NOT_LOGGED),
    Tampering("a receipt is put back to unfinished", sql("UPDATE erasures SET state = 'committed'"), NOT_LOGGED),
    Tampering(
        "a receipt of no erasure is added",
        sql(
            "INSERT INTO erasures SELECT 'beef', state, reason, requests, salt, key_id, created, finished, documents, "
            "files FROM erasures"
        ),
        f"receipt:beef: {NOBODY}",
    ),
    Tampering(
        "an erasure that nobody began is put into the database",
        sql(PLANTED.format("planned")),
        "receipt:beef: it is not finished, and no note of it exists",
    ),
    Tampering(
        "an erasure is put into a state that there is not",
        sql(PLANTED.format("strange")),
        "receipt:beef: it is in a state that there is not",
    ),
    # withdrawals and standings
    Tampering("a rule that stands is removed", sql("DELETE FROM standing_rules"), f"rules:d: {LOST}"),
    Tampering(
        "a rule that nobody made is added",
        sql("INSERT INTO standing_rules SELECT dataset, kind, 'x.example', run FROM standing_rules"),
        f"rules:d: {NOT_LOGGED}",
    ),
    Tampering(
        "the reason of a withdrawal is edited",
        sql("UPDATE revisals SET reason = 'x' WHERE lifted IS NULL OR lifted = 'null'"),
        NOT_LOGGED,
    ),
    Tampering(
        "the lifting of a withdrawal is undone",
        sql("UPDATE revisals SET lifted = NULL WHERE lifted IS NOT NULL AND lifted <> 'null'"),
        NOT_LOGGED,
    ),
    Tampering("a withdrawal is removed", sql("DELETE FROM revisals"), LOST),
    Tampering(
        "a pinned version is let go",
        sql("UPDATE version_standings SET pinned = NULL WHERE number = 1"),
        f"standing:d@v1: {NOT_LOGGED}",
    ),
    Tampering(
        "a retired version is taken back",
        sql("DELETE FROM version_standings WHERE number = 2"),
        f"standing:d@v2: {LOST}",
    ),
    Tampering(
        "a version is retired by nobody",
        sql("INSERT INTO version_standings (dataset, number, retired) VALUES ('d', 4, '2026')"),
        f"standing:d@v4: {NOBODY}",
    ),
    Tampering(
        "a version is said to have lost its files",
        sql("UPDATE version_standings SET removed = '2026' WHERE number = 2"),
        f"standing:d@v2: {NOT_LOGGED}",
    ),
    # statements and leaves
    Tampering(
        "a statement is removed",
        sql("DELETE FROM attestations WHERE number = 4"),
        "d@v4 statement: there is none, or it was removed",
    ),
    Tampering(
        "a statement is replaced by that of another version",
        swap_statements,
        "d@v4 statement: it is about another manifest",
    ),
    Tampering(
        "what a leaf says is edited",
        sql("UPDATE audit_leaves SET content = replace(content, 'd@v4', 'd@v3') WHERE subject = 'd@v4'"),
        "its content is not what was logged",
    ),
    Tampering(
        "a leaf is nulled",
        sql("UPDATE audit_leaves SET content = NULL, salt = NULL WHERE kind = 'revise'"),
        "what it says is missing, and no erasure made it forgotten",
    ),
    Tampering(
        "a leaf is removed from the database",
        sql('DELETE FROM audit_leaves WHERE "index" = 2'),
        "audit leaf 2 in the control database: it is missing; the log has it",
    ),
    Tampering(
        "a leaf is put into the database for somebody to sign",
        forge_leaf,
        "it is beyond the checkpoint, and no trusted key placed it",
    ),
    Tampering(
        "another statement is logged with the hub's own key",
        second_leaf,
        "speak of it, and no erasure lies between them",
    ),
    Tampering(
        "the place of a statement's leaf is edited",
        sql("UPDATE attestations SET leaf = 0 WHERE number = 4"),
        "d@v4 statement: what stands beside it",
    ),
    Tampering(
        "the digest of a statement is edited",
        sql("UPDATE attestations SET statement = 'beef' WHERE number = 4"),
        "d@v4 statement: what stands beside it",
    ),
    Tampering(
        "a second statement about a version is put beside the first",
        sql(
            "INSERT INTO attestations SELECT dataset, number, 'zz', envelope, statement, log, leaf, '9999' "
            "FROM attestations WHERE number = 3"
        ),
        "d@v3 statement: there is one about files that it does not have",
    ),
    Tampering(
        "the key of a leaf is edited",
        sql("UPDATE audit_leaves SET key = 'x' WHERE subject = 'd@v4'"),
        "its kind, subject and key are not those of its content",
    ),
    Tampering(
        "the checkpoint in the database is removed",
        sql("DELETE FROM audit_checkpoints"),
        "the checkpoint in the control database: it is missing",
    ),
    Tampering(
        "the checkpoint in the database is edited",
        sql("UPDATE audit_checkpoints SET note = replace(note, 'corpushub/', 'other/')"),
        "the checkpoint in the control database: it is not one that a trusted key signed",
    ),
    # the log
    Tampering(
        "an entry of the log is changed",
        lambda place: flip(newest(place.log("tile/entries"))),
        "its bytes are not those of the signed leaf",
    ),
    Tampering(
        "a tile of the log is changed",
        lambda place: flip(newest(place.log("tile/0"))),
        "its tiles do not have the root that the checkpoint names",
    ),
    Tampering("a tile of the log is removed", lambda place: newest(place.log("tile/0")).unlink(), "it cannot be read"),
    Tampering("the log is removed", lambda place: rmtree(place.hub / "log"), "its checkpoint is missing"),
    Tampering(
        "the log is put back, and the checkpoint in the database with it",
        old_log,
        "it is beyond the checkpoint, and no trusted key placed it",
    ),
    Tampering(
        "the log is put back, and the database's checkpoint and leaves with it",
        old_log_and_leaves,
        f"suppressions: {NOBODY}",
    ),
    Tampering(
        "the checkpoint is signed by another key", foreign_checkpoint, "no key of this hub signed its checkpoint"
    ),
    # files
    Tampering(
        "a byte of a documents file is changed",
        lambda place: flip(place.file("documents"), 40),
        "its bytes are not those that were committed",
    ),
    Tampering(
        "a byte of a ledger file is changed",
        lambda place: flip(place.file("ledger"), 40),
        "its bytes are not those that were committed",
    ),
    Tampering(
        "a byte of an index file is changed",
        lambda place: flip(place.file("index"), 40),
        "its bytes are not those that were committed",
    ),
    Tampering("a file is removed", lambda place: place.file("profiles").unlink(), "cannot be read: No such file"),
    Tampering("two files are swapped", swap_files, "its bytes are not those that were committed"),
    # what the database is made of, and what cannot be read
    Tampering("a view that hides rows takes the place of a table", script(HIDE), "holds the view suppressions"),
    Tampering("a trigger changes what is written", script(REWRITE), "holds the trigger t on versions"),
    Tampering(
        "a table is made a virtual one",
        script("DROP TABLE run_keys; CREATE VIRTUAL TABLE run_keys USING fts5(run, key_id);"),
        "holds the table run_keys with VIRTUAL",
    ),
    Tampering(
        "a table is made anew, so that it drops rows by itself",
        script(
            "DROP TABLE run_keys; CREATE TABLE run_keys (run VARCHAR PRIMARY KEY ON CONFLICT IGNORE, key_id VARCHAR);"
        ),
        "holds the table run_keys with CONFLICT",
    ),
    Tampering(
        "bytes are put where a number stands",
        sql("UPDATE versions SET documents = x'00ff' WHERE number = 1"),
        f"versions.documents in the control database: {UNREADABLE}",
    ),
    Tampering(
        "a number is made infinite",
        sql("UPDATE versions SET parent = 9e999 WHERE number = 1"),
        f"versions.parent in the control database: {UNREADABLE}",
    ),
    Tampering(
        "a text is made what is no UTF-8",
        sql("UPDATE runs SET recipe = CAST(x'ff41' AS TEXT)"),
        f"runs.recipe in the control database: {UNREADABLE}",
    ),
    Tampering(
        "what is kept as JSON is made what is none",
        sql("UPDATE versions SET licenses = '{bad' WHERE number = 1"),
        f"versions.licenses in the control database: {UNREADABLE}",
    ),
    # what only somebody outside can tell
    Tampering(
        "another key is put among those that the hub trusts, and signs the checkpoint",
        foreign_key,
        "no key of this hub signed its checkpoint",
        outside="kept",
    ),
    Tampering(
        "the whole hub is put back to an earlier time", whole_hub, "it was rolled back: the log has", outside="kept"
    ),
    Tampering(
        "log and leaves are made anew with the hub's own key, and there are fewer",
        sign_anew,
        "it was rolled back: the log has",
        outside="kept",
    ),
    Tampering(
        "log and leaves are made anew with the hub's own key, and there are more",
        sign_anew,
        "it does not go on from the checkpoint of",
        outside="early",
    ),
)


@pytest.mark.parametrize("tampering", HUBS, ids=lambda one: one.name)
def test_tampering_is_found_and_named(place: Place, tampering: Tampering) -> None:
    """Whatever is changed behind the hub's back, verification says what; it writes nothing, so asking twice says it."""
    tampering.do(place)
    trust = {"key": place.key, "checkpoint": getattr(place, tampering.outside)} if tampering.outside else {}
    found = [said_of(place, trust) for _ in range(2)]

    assert any(tampering.says in problem for problem in found[0]), found[0]
    assert found[0] == found[1]


def test_changed_files_are_not_signed_with_the_rest(place: Place) -> None:
    """An erasure does not write anew, and so does not sign, what is not the file that was committed."""
    swap_files(place)
    with corpushub.open(place.hub) as hub, pytest.raises(DamagedFile, match="not those that were committed"):
        hub.erase("host:good.example", "why")

    assert any("its bytes are not those that were committed" in problem for problem in said_of(place, {}))


def said_of(place: Place, trust: Mapping[str, Path]) -> list[str]:
    """Return what verification of the whole hub says is wrong."""
    with corpushub.open(place.hub) as hub:
        report = hub.verify_all(key=trust.get("key"), checkpoint=trust.get("checkpoint"))
    problems = [*report.mismatches, *(one for version in report.versions for one in version.mismatches)]
    assert report.ok == (not problems)
    return [f"{one.path}: {one.problem}" for one in problems]


def test_the_story_is_sound(story: Place) -> None:
    """Nothing is said of a hub that ran, grew, withdrew, lifted, erased, pinned and retired, whoever asks."""
    assert said_of(story, {}) == []
    assert said_of(story, {"key": story.key, "checkpoint": story.kept}) == []
    assert said_of(story, {"key": story.key, "checkpoint": story.early}) == []


def test_verification_writes_nothing(place: Place) -> None:
    """Neither a sound hub nor one that lost its log and keys holds another byte once it is verified; nor a new file."""
    for lost in ("nothing", "log", "keys"):
        rmtree(place.hub / lost, ignore_errors=True)
        before = contents(place.hub)
        said_of(place, {})
        assert contents(place.hub) == before


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below *folder*, but for those in which SQLite keeps who reads."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal")))
    return {str(path): path.read_bytes() for path in paths}


def test_the_list_in_the_docs_is_the_list_that_is_tried() -> None:
    """docs/threats.md tells of each tampering what is done and what is said, in the order of the tests."""
    lines = [f"| {one.what} | {one.says.strip(': ')} |" for one in HUBS]

    assert len(lines) > 40
    assert re.findall(r"^\| .+ \|$", block("hub"), re.MULTILINE)[2:] == lines


def block(name: str) -> str:
    """Return the table of that name in docs/threats.md."""
    page = (Path(__file__).parents[3] / "docs" / "threats.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- tamperings with a {name} -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert found is not None
    return found[1]


ALTERED: Final = (script(HIDE), script(REWRITE))


@pytest.mark.parametrize("do", ALTERED)
def test_nothing_is_asked_of_an_altered_database(place: Place, do: Callable[[Place], object]) -> None:
    """Where a view or trigger stands, no command asks anything; one that has the database open already refuses too."""
    before = place.rows("SELECT count(*) FROM audit_leaves")
    write_jsonl(place.folder / "data" / "c.jsonl", [{"id": "c", "url": "https://gone.example/c", "text": "gone again"}])
    with corpushub.open(place.hub) as hub:
        assert hub.runs()
        do(place)
        for attempt in (
            lambda: hub.run(place.folder / "recipe.toml", Execution(workers=1)),
            lambda: hub.erase("host:good.example", "why"),
            lambda: hub.withdraw("d", ["host:good.example"], reason="why"),
            lambda: hub.pin("d@v4", "why"),
        ):
            with pytest.raises(AlteredDatabase, match="corpushub verify"):
                attempt()
        assert not hub.verify("d@v4").ok
    with corpushub.open(place.hub) as hub:
        with pytest.raises(AlteredDatabase, match="corpushub verify"):
            hub.runs()
        assert not hub.verify_all().ok

    assert place.rows("SELECT count(*) FROM audit_leaves") == before


@pytest.mark.parametrize("do", ALTERED)
def test_what_is_altered_under_a_run_ends_it(place: Place, do: Callable[[Place], object]) -> None:
    """A view or trigger that comes while a run works changes nothing of what it refuses, and nothing is committed."""
    write_jsonl(place.folder / "data" / "c.jsonl", [{"id": "c", "url": "https://gone.example/c", "text": "gone again"}])
    done: list[object] = []

    def plant(_: object) -> None:
        if not done:
            done.append(do(place))

    with corpushub.open(place.hub) as hub, pytest.raises(AlteredDatabase):
        hub.run(place.folder / "recipe.toml", Execution(workers=1), plant)

    assert done
    assert place.rows("SELECT max(number) FROM versions") == [(4,)]


_NOTHING_RESTS_ON: Final = {
    "attestations.created",
    "versions.ledger_snapshot",
    "versions.documents_snapshot",
    *(f"{table}.{column.name}" for table in ("outbox", "source_digests", "run_costs") for column in TABLES[table].c),
    *(
        f"{table}.{column.name}"
        for table in ("run_attempts", "run_progress", "documentation", "access_tokens", "visibilities", "accesses")
        for column in TABLES[table].c
    ),
    *(f"exports.{column.name}" for column in TABLES["exports"].c),
}
"""What docs/threats.md says is not covered."""


def test_no_cell_makes_verification_fail(place: Place) -> None:
    """Whatever well-formed value is put into a column of a table, verification ends, and finds it."""
    database = place.hub / "hub.sqlite"
    whole, passed = database.read_bytes(), []
    for table in TABLES.values():
        for at, column in enumerate(table.columns):
            value = _hostile(column, at)
            with sqlite3.connect(database) as connection:
                key = f'(SELECT min(rowid) FROM "{table.name}")'
                command = f'UPDATE OR IGNORE "{table.name}" SET "{column.name}" = ? WHERE rowid = {key}'
                changed = connection.execute(command, [value]).rowcount
            connection.close()
            if changed and not said_of(place, {}):
                passed.append(f"{table.name}.{column.name}")
            for name in ("hub.sqlite-wal", "hub.sqlite-shm"):
                (place.hub / name).unlink(missing_ok=True)
            database.write_bytes(whole)

    assert {*passed} <= _NOTHING_RESTS_ON


def _hostile(column: Column[Any], at: int) -> object:
    """Return a value that *column* may hold, and that is no good there."""
    if isinstance(column.type, JSON):
        return '{"x": [1, {"y": null}]}'
    if isinstance(column.type, Integer | Float):
        return (-1, 2**63 - 1)[at % 2]
    return ("9" * 6000, "{bad", "x\n" + "9" * 6000 + "\ny\n\nz")[at % 3]


GUARDED: Final = (
    sql("DELETE FROM suppressions"),
    sql("UPDATE suppressions SET value = 'other.example'"),
    sql("DELETE FROM standing_rules"),
    sql("UPDATE versions SET documents = 99 WHERE number = 4"),
    sql("UPDATE run_inputs SET sha256 = ?", "0" * 64),
    sql("DELETE FROM version_standings WHERE number = 2"),
    add_version,
    delete_version,
    old_log,
    forge_leaf,
    replace_version,
    lambda place: rmtree(place.hub / "log"),
    sql("UPDATE erasures SET reason = 'x'"),
    sql("UPDATE versions SET documents = x'00ff' WHERE number = 1"),
    sql("UPDATE versions SET licenses = '{bad' WHERE number = 1"),
)


@pytest.mark.parametrize("do", GUARDED)
def test_nothing_goes_on_from_what_was_changed(place: Place, do: Callable[[Place], object]) -> None:
    """Runs, erasures, withdrawals, compactions and cleanings refuse before they read anything, and sign nothing."""
    do(place)
    before = place.rows("SELECT count(*) FROM audit_leaves"), place.rows("SELECT count(*) FROM versions")
    write_jsonl(place.folder / "data" / "c.jsonl", [{"id": "c", "url": "https://gone.example/c", "text": "gone again"}])
    with corpushub.open(place.hub) as hub:
        for attempt in (
            lambda: hub.run(place.folder / "recipe.toml", Execution(workers=1)),
            lambda: hub.erase("host:good.example", "why"),
            lambda: hub.withdraw("d", ["host:good.example"], reason="why"),
            lambda: hub.compact("d"),
            lambda: hub.clean(remove=True),
        ):
            with pytest.raises(LogDamaged, match=r"corpushub verify|restore"):
                attempt()

    assert (place.rows("SELECT count(*) FROM audit_leaves"), place.rows("SELECT count(*) FROM versions")) == before
