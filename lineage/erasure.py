"""Erase subjects from every version of every dataset, with proof; finish what a crash interrupted.

States (receipts.ErasureState), each recorded before the next is begun:

- *planned*: a note says which documents;
- *rewritten*: each affected file was rewritten once, beside the old one;
- *committed*: the Iceberg tables and then the control database name the new files, and the suppressions stand;
- *purged*: the old files, manifests, work files and free pages are gone;
- *verified*: nothing of the subject was found in the hub, and the note goes.

Each step may be repeated, and files are rewritten and searched one by one, each by any process (chores.Crew), so
whoever comes next goes on from the state. Versions keep their numbers, runs and parents; each that changed has a new
revision.

An erasure holds the locks of all datasets: a run under way could commit a document of the subject behind its back.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine

from lineage import control
from lineage.chores import Chore, Crew, in_turn, keep_table
from lineage.erasure_check import Remains, find_remains
from lineage.erasure_commit import commit_erasure
from lineage.erasure_log import log_erasure
from lineage.erasure_notes import Note, notes_folder, read_notes, remove_note, write_note
from lineage.errors import DatasetBusy, ErasureError
from lineage.home import FileKind, Home
from lineage.locks import holder_of, lock_dataset
from lineage.publish import finish_pending
from lineage.purge import compact_database, purge
from lineage.receipts import (
    Erasure,
    ErasureState,
    Subject,
    advance,
    every_dataset,
    get_erasure,
    record_erasure,
    show_receipt,
)
from lineage.rewriting import (
    LedgerRewriting,
    Rewriter,
    Rewriting,
    Rewritten,
    may_hold_any,
    renamed_files,
    renamed_table,
    rewrite_documents,
)
from lineage.shared_locks import count_held, is_shared
from lineage.subjects import Found, Words, distinct_files, find_subjects

_GATE = ".erasure"  # no name of a dataset begins with a dot


@dataclass(frozen=True, slots=True)
class Means:
    """With what files are rewritten and searched.

    Attributes:
        rewriters: kind of file -> how it is rewritten, for the kinds that lineage does not know the inside of.
        crew: does the work.
    """

    rewriters: Mapping[FileKind, Rewriter] = field(default_factory=dict)
    crew: Crew = in_turn


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Attributes:
        subjects: whom or what to erase; several are erased in one rewrite.
        reason: why; recorded in the receipt, and must not name anybody.
        key_id: of the key that the hashes of persons are made with; None where no person is concerned.
        words: what to look for in texts that were not searched for personal data; None for nothing.
    """

    subjects: tuple[Subject, ...]
    reason: str
    key_id: str | None = None
    words: Words | None = None


Answer = dict[str, Any]
"""What show_receipt returns, and remains [{path, problem}]: what a failed verification found."""


def preview(home: Home, order: Order) -> list[Found]:
    """Return what *order* would find in each dataset; nothing is changed."""
    return _find(home, control.connect(home), order)


def _find(home: Home, db: Engine, order: Order) -> list[Found]:
    subjects = tuple(dict.fromkeys(order.subjects))
    found = (find_subjects(home, db, dataset, subjects, order.words) for dataset in control.list_datasets(db))
    return [one for one in found if one.doc_ids]


def erase(home: Home, order: Order, means: Means) -> Answer:
    """Carry *order* out; earlier erasures and releases that were interrupted are finished first.

    Raises DatasetBusy if a run is under way, DamagedFile if a file cannot be read: then nothing was changed, or
    ``resume`` goes on.
    """
    db = control.connect(home)
    receipt = secrets.token_hex(8)
    with every_lock(home, db, f"erase:{receipt}"):
        for note in read_notes(home):
            _carry_on(home, db, note, means)
        for dataset in every_dataset(db):
            finish_pending(home, db, dataset)
        note = _plan(home, db, order, receipt)
        write_note(home, note)
        return _carry_on(home, db, note, means)


def resume(home: Home, means: Means) -> list[Answer]:
    """Finish the erasures of *home* that were interrupted; [] if there are none."""
    if not read_notes(home):
        return []
    db = control.connect(home)
    with every_lock(home, db, "erase:resume"):
        return [_carry_on(home, db, note, means) for note in read_notes(home)]


def refuse_unfinished(home: Home) -> None:
    """Raise an error if an erasure of *home* is not finished: nothing may be written before it is.

    Call it under the lock of the dataset that will be written: an erasure that begins later finds that lock held.
    Raises DatasetBusy if an erasure goes on, ErasureError if one was interrupted.
    """
    holder = holder_of(home, _GATE)
    if holder is not None:
        message = f"an erasure goes on ({holder.run}, pid {holder.pid} on {holder.host}); nothing was changed; "
        raise DatasetBusy(message + "wait for it to end, and run again")
    notes = read_notes(home)
    if notes:
        message = f"the erasure receipt:{notes[0].erasure.id} is not finished; nothing was changed; "
        raise ErasureError(message + "run `corpushub erase --resume`, which says what stands in its way")


@contextmanager
def every_lock(home: Home, db: Engine, name: str) -> Iterator[None]:
    """Hold all datasets of *home*, those that a first run has begun to make included, while the block lasts.

    The gate is taken first: a run of a dataset that nobody knows yet finds it closed, or is found by its lock, which is
    a file here and is counted where another machine has it.
    """
    with ExitStack() as stack:
        stack.enter_context(lock_dataset(home, _GATE, name))
        begun = [path.stem for path in home.locks.glob("*.lock") if not path.name.startswith(".")]
        datasets = sorted({*every_dataset(db), *begun})
        for dataset in datasets:
            stack.enter_context(lock_dataset(home, dataset, name))
        if is_shared(home.catalog) and count_held(home.catalog) > len(datasets) + 1:
            message = "another machine makes the first version of a dataset; nothing was changed; "
            raise DatasetBusy(message + "wait for it to end, and run again")
        yield


def _plan(home: Home, db: Engine, order: Order, receipt: str) -> Note:
    salt = secrets.token_hex(16)
    subjects = tuple(dict.fromkeys(order.subjects))
    requests = [{"kind": one.kind, "hash": one.digest(salt)} for one in subjects]
    erasure = Erasure(receipt, ErasureState.PLANNED, order.reason, requests, salt, order.key_id, control.now())
    return Note(erasure, subjects, {one.dataset: tuple(sorted(one.doc_ids)) for one in _find(home, db, order)})


def _carry_on(home: Home, db: Engine, note: Note, means: Means) -> Answer:
    """Take the erasure of *note* from the state it is in to its end."""
    with db.begin() as connection:
        record_erasure(connection, note.erasure)
    receipt = note.erasure.id
    if note.replaced is None:
        note = replace(note, replaced={name: _rewrite(home, db, note, name, means) for name in note.found})
        write_note(home, note)
        advance(db, receipt, ErasureState.REWRITTEN)
    if _state(db, receipt) in {ErasureState.PLANNED, ErasureState.REWRITTEN}:
        commit_erasure(home, db, note)
    if _state(db, receipt) != ErasureState.VERIFIED:
        log_erasure(home, db, receipt)
    remains = _purge_and_verify(home, db, note, means.crew)
    return {**show_receipt(db, receipt), "remains": [{"path": one.path, "problem": one.problem} for one in remains]}


def _purge_and_verify(home: Home, db: Engine, note: Note, crew: Crew) -> list[Remains]:
    receipt = note.erasure.id
    if _state(db, receipt) == ErasureState.VERIFIED:
        remove_note(home, receipt)
        return []
    purge(home, db, _everything(home, db))
    advance(db, receipt, ErasureState.PURGED, files=_count(note))
    compact_database(db)
    remains = find_remains(home, db, note, crew)
    if not remains:
        advance(db, receipt, ErasureState.VERIFIED, finished=control.now())
        remove_note(home, receipt)
    return remains


def _everything(home: Home, db: Engine) -> list[str]:
    """Return the datasets of *home*, those with nothing but work files included."""
    return sorted({*every_dataset(db), *(path.name for path in home.work.glob("*"))})


def _state(db: Engine, receipt: str) -> str:
    return get_erasure(db, receipt).state


def _count(note: Note) -> dict[str, int]:
    """Count the files that were rewritten and those of them that are no more because no row was left."""
    swaps = [one for tables in (note.replaced or {}).values() for files in tables.values() for one in files.values()]
    return {"rewritten": sum(one.file is not None for one in swaps), "removed": len(swaps)}


def _rewrite(home: Home, db: Engine, note: Note, dataset: str, means: Means) -> dict[str, dict[str, Rewritten]]:
    """Rewrite the affected files of *dataset*, documents first: the ledger names them."""
    versions, doc_ids = control.list_versions(db, dataset), frozenset(note.found[dataset])
    ids = keep_table(notes_folder(home), note.erasure.id, pa.table({"doc_id": pa.array(sorted(doc_ids), pa.string())}))
    chores: dict[tuple[str, str], Chore] = {}
    rewriters: dict[FileKind, Rewriter] = {"documents": rewrite_documents, **means.rewriters}
    for kind, rewriter in rewriters.items():
        for path, file in distinct_files(db, versions, kind).items():
            # the other kinds also name documents that they do not list
            if kind != "documents" or may_hold_any(file, doc_ids):
                folder = home.data_folder(dataset, kind)
                chores[kind, path] = Rewriting(rewriter, home.resolve(path), folder, file.bytes, ids)
    done = _done(home, chores, means.crew)
    renamed = keep_table(notes_folder(home), note.erasure.id, renamed_table(renamed_files(done.get("documents", {}))))
    folder = home.data_folder(dataset, "ledger")
    ledger: dict[tuple[str, str], Chore] = {
        ("ledger", path): LedgerRewriting(home.resolve(path), folder, file.bytes, ids, renamed)
        for path, file in distinct_files(db, versions, "ledger").items()
    }
    return {**done, **_done(home, ledger, means.crew)}


def _done(home: Home, chores: Mapping[tuple[str, str], Chore], crew: Crew) -> dict[str, dict[str, Rewritten]]:
    """Do *chores*, by kind and path relative to the warehouse; return what became of the files that changed."""
    done: dict[str, dict[str, Rewritten]] = {kind: {} for kind, _ in chores}
    for (kind, path), result in zip(chores, crew([*chores.values()]), strict=True):
        one = Rewritten.load(result)
        if one.changed:
            done[kind][path] = _relative(home, one)
    return done


def _relative(home: Home, one: Rewritten) -> Rewritten:
    return one if one.file is None else replace(one, file=replace(one.file, path=home.relative(one.file.path)))
