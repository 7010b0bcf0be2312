"""The audit log of a hub: append-only, with a signed checkpoint; see lineage.audit_log.tiles for its files.

It is in ``HOME/log``, or where all homes of the hub see it: then each of them appends to it and signs with its own key,
which the others trust.

An event is logged in this order, and a process that dies anywhere is followed by one that goes on:

1. a row in the control database takes the next place in the log, once for each event, with a signature by the home's
   key, and in the same transaction as what happened: so whoever comes next can tell it from a row of somebody else's;
2. the tiles that hold it are written;
3. the checkpoint is signed and replaced;
4. the control database keeps the checkpoint, so that a log that was cut back is told from one that is to go on.

One process at a time does this in a hub.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from lineage.audit_log import leaves, merkle
from lineage.audit_log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from lineage.audit_log.leaves import Event, Leaf
from lineage.audit_log.signing import FileSigner, PublicKey, Signer, open_signer, trusted_keys
from lineage.audit_log.tiles import Tiles
from lineage.errors import LogDamaged
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import Home
from lineage.hub.locks import wait_among_homes
from lineage.storage.files import list_files, read_whole, replace_file, write_once
from lineage.storage.manifest import is_count

TRIES = 64


@dataclass(frozen=True, slots=True)
class Log:
    """The log of a hub home as its signed checkpoint has it.

    Attributes:
        origin: its name.
        tiles: the tree that the checkpoint speaks of.
        note: the signed checkpoint; empty for a log without leaves.
    """

    origin: str
    tiles: Tiles
    note: str = ""


Change = Callable[[Connection, Log], Sequence[Event]]
"""Changes the control database in the transaction that it is given, and returns what is to be logged of it."""


def append(hub: Hub, event: Event) -> Leaf:
    """Log *event*, once; return its leaf.

    Raises LogDamaged or SigningError; the event is not logged then, or not signed yet: the next call does that.
    """
    (leaf,) = append_change(hub, lambda _, __: [event])
    return leaf


def append_change(hub: Hub, change: Change) -> list[Leaf]:
    """Carry *change* out and log what it returns, in one transaction: both are on record, or neither.

    An event that was logged before keeps its leaf. Raises as append, and whatever *change* does.
    """
    signer = open_signer(hub.home)
    with wait_among_homes(hub.home, "log"):
        log = _catch_up(hub, signer)
        _refuse_forged(hub, log, signer)
        leaves = _place(hub.db, log, change, signer)
        _advance(hub, log, signer)
    return leaves


def catch_up(hub: Hub) -> None:
    """Sign what a process that died had put into the log, if that is what it signed itself. Raises as append."""
    if hub.home.is_shared and newest_note(hub.home) is None:
        with wait_among_homes(hub.home, "log"):
            take_over(hub)
    if pending(hub):
        signer = open_signer(hub.home)
        with wait_among_homes(hub.home, "log"):
            _advance(hub, _catch_up(hub, signer), signer)


def replace_note(hub: Hub, log: Log, note: str) -> None:
    """Replace the checkpoint of *log* by *note*, which is the same with more signatures, unless the log has grown."""
    with wait_among_homes(hub.home, "log"):
        if newest_note(hub.home) != log.note:
            raise LogDamaged(
                f"the log {log.origin} has grown meanwhile; nothing was kept; ask about its newest checkpoint"
            )
        replace_file(f"{log.tiles.folder}/checkpoint", note.encode())
        leaves.save_checkpoint(hub.db, log.origin, log.tiles.size, note)


def pending(hub: Hub) -> int:
    """Return how many leaves the control database has beyond the checkpoint: a process died before it signed them."""
    size, origin = _size(newest_note(hub.home)), origin_of(hub.home)
    origins = [origin] if origin else [_name(key) for key in trusted_keys(hub.home).values()]
    return sum(max(0, leaves.count_leaves(hub.db, name) - size) for name in origins)


def forged(db: Database, log: Log, keys: Iterable[PublicKey]) -> list[int]:
    """Return the leaves beyond *log* in the control database that none of *keys* signed when they were placed."""
    signatures, known = leaves.leaf_signatures(db, log.origin), list(keys)
    return [
        leaf.index
        for leaf in leaves.leaves_from(db, log.origin, log.tiles.size)
        if not any(
            key.verifies(leaves.placed(log.origin, leaf.index, leaf.entry), signatures.get(leaf.index, b""))
            for key in known
        )
    ]


def open_log(home: Home, keys: Iterable[PublicKey], origin: str | None = None) -> Log:
    """Return the log of *home* as its checkpoint says; LogDamaged if there is none that one of *keys* signed.

    *origin* names the log where it may be one that this home kept for itself before it shared another.
    """
    folder = _folder(home, origin)
    note = _note(folder)
    if note is None:
        raise LogDamaged(_damaged(folder, "its checkpoint is missing"))
    checkpoint = open_checkpoint(note, keys)
    if checkpoint is None:
        raise LogDamaged(_damaged(folder, "no key of this hub signed its checkpoint"))
    tiles = Tiles(folder, checkpoint.size)
    if tiles.root() != checkpoint.root:
        raise LogDamaged(_damaged(folder, "its tiles do not have the root that the checkpoint names"))
    return Log(checkpoint.origin, tiles, note)


def origin_of(home: Home) -> str | None:
    """Return the name of the log of *home*, None while it has none."""
    note = newest_note(home)
    return None if note is None else note.partition("\n")[0]


def newest_note(home: Home) -> str | None:
    """Return the signed checkpoint of the log of *home*, None while it has none; LogDamaged if it cannot be read."""
    return _note(_folder(home))


def log_name(home: Home, key: PublicKey) -> str:
    """Return the name of the log of *home*, or the one that *key* will begin."""
    return origin_of(home) or _name(key)


def inclusion(log: Log, index: int) -> list[bytes]:
    """Return the proof that leaf *index* is in *log*."""
    return merkle.inclusion_proof(index, log.tiles.size, log.tiles.subtree)


def goes_on_from(log: Log, earlier: Checkpoint) -> bool:
    """Tell whether *log* begins with the leaves of an *earlier* checkpoint of it."""
    size, tree = log.tiles.size, log.tiles.subtree
    if earlier.origin != log.origin or earlier.size > size:
        return False
    if earlier.size == 0:
        return True
    proof = merkle.consistency_proof(earlier.size, size, tree)
    return merkle.verify_consistency(earlier.size, size, proof, earlier.root, log.tiles.root())


def _catch_up(hub: Hub, signer: FileSigner) -> Log:
    """Return the log, which must be what was signed last; it may lack leaves that the control database has."""
    folder = _folder(hub.home)
    take_over(hub)
    origin = log_name(hub.home, signer.public)
    known = leaves.newest_checkpoint(hub.db, origin)
    alone = (
        bool(hub.home.catalog) and not hub.home.is_shared
    )  # with other homes in the database that have logs of their own
    if _note(folder) is None and known is None and (alone or not leaves.has_checkpoints(hub.db)):
        return Log(origin, Tiles(folder, 0))  # the first leaves; those that a crash left are looked at in _advance
    log = open_log(hub.home, _keys(hub.home, signer))
    if problem := against_database(hub.db, log, known):
        raise LogDamaged(_damaged(folder, problem))
    return log


def take_over(hub: Hub) -> None:
    """Begin the log that homes share with the one that *home* kept for itself, if the newest checkpoint is its own.

    Whoever calls it holds the log.
    """
    own, note = f"{hub.home.path}/log", _note(f"{hub.home.path}/log")
    if (
        newest_note(hub.home) is not None
        or note is None
        or note != leaves.newest_checkpoint(hub.db, note.partition("\n")[0])
    ):
        return
    keys = [path for path in list_files(f"{hub.home.path}/keys") if path.endswith(".pub")]
    tiles = [path for path in list_files(own) if not path.endswith("/checkpoint")]
    for path in [*keys, *tiles, f"{own}/checkpoint"]:
        write_once(f"{hub.home.common}/{path.removeprefix(f'{hub.home.path}/')}", read_whole(path))


def checked_log(hub: Hub, keys: Iterable[PublicKey], origin: str | None = None) -> tuple[Log, str | None]:
    """Return the log as open_log, and what speaks against it in the control database; raises as open_log."""
    note = _note(_folder(hub.home, origin))
    known = (
        leaves.newest_checkpoint(hub.db, note.partition("\n")[0]) if note else None
    )  # first: the log may grow meanwhile
    log = open_log(hub.home, keys, origin)
    return log, against_database(hub.db, log, known)


def against_database(db: Database, log: Log, known: str | None) -> str | None:
    """Return what speaks against *log*: the newest checkpoint that was *known*, or the number of leaves."""
    size = log.tiles.size
    if _size(known) > size:
        return f"it was cut back: its checkpoint has {size} leaves, and one of {_size(known)} was signed before"
    if known is not None and _size(known) == size and known.split("\n")[2:3] != log.note.split("\n")[2:3]:
        return "its checkpoint has another root than the one signed before"
    if leaves.count_leaves(db, log.origin) < size:
        return f"the control database has {leaves.count_leaves(db, log.origin)} of its {size} leaves"
    return None


def _name(key: PublicKey) -> str:
    """Return the name of a log that *key* begins."""
    return f"corpushub/{key.id[:16]}"


def _keys(home: Home, signer: Signer) -> list[PublicKey]:
    return [signer.public, *trusted_keys(home).values()]


def _place(db: Database, log: Log, change: Change, signer: Signer) -> list[Leaf]:
    """Return the leaves of what *change* did, those that are new in the next places."""
    for _ in range(TRIES):
        try:
            with db.begin() as connection:
                leaves.lock_leaves(connection)
                return [
                    leaves.known_leaf(connection, log.origin, event)
                    or leaves.add_leaf(connection, log.origin, event, signer.sign)
                    for event in change(connection, log)
                ]
        except IntegrityError:
            continue  # another home that shares the control database took the place
    raise LogDamaged("what was done found no place in the audit log; nothing was changed; run again")


def _refuse_forged(hub: Hub, log: Log, signer: Signer) -> None:
    if strange := forged(hub.db, log, _keys(hub.home, signer)):
        why = f"leaf {strange[0]} in the control database is beyond its checkpoint, and no trusted key placed it"
        raise LogDamaged(_damaged(log.tiles.folder, why))


def _advance(hub: Hub, log: Log, signer: Signer) -> None:
    """Write and sign what the control database has beyond *log*, if whoever placed it signed it."""
    db = hub.db
    added = leaves.leaves_from(db, log.origin, log.tiles.size)
    if not added and (not log.note or log.note == leaves.newest_checkpoint(db, log.origin)):
        return
    _refuse_forged(hub, log, signer)
    grown = log.tiles.extend([bytes.fromhex(leaf.entry) for leaf in added])
    note = sign_checkpoint(Checkpoint(log.origin, grown.size, grown.root()), signer) if added else log.note
    replace_file(f"{log.tiles.folder}/checkpoint", note.encode())
    leaves.save_checkpoint(db, log.origin, grown.size, note)
    newest = leaves.newest_checkpoint(db, log.origin)
    if newest is not None and _size(newest) > grown.size:  # whoever lost the lock on the way must not cut the log back
        replace_file(f"{log.tiles.folder}/checkpoint", newest.encode())
    leaves.drop_signatures(db, log.origin, grown.size)
    grown.prune(log.tiles.size)


def _folder(home: Home, origin: str | None = None) -> str:
    """Return the folder of the log, or of that which *home* alone has under *origin*."""
    shared, own = f"{home.common}/log", f"{home.path}/log"
    if origin is None or shared == own:
        return shared
    alone = (_note(own) or "").startswith(f"{origin}\n") and not (_note(shared) or "").startswith(f"{origin}\n")
    return own if alone else shared


def _note(folder: str) -> str | None:
    try:
        return read_whole(f"{folder}/checkpoint").decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LogDamaged(_damaged(folder, "its checkpoint cannot be read")) from error


def _size(note: str | None) -> int:
    """Return the size that a checkpoint claims."""
    lines = (note or "").split("\n")
    return int(lines[1]) if len(lines) > 1 and is_count(lines[1]) else 0


def _damaged(folder: str, why: str) -> str:
    return f"the audit log in {folder} was damaged: {why}; nothing was signed; restore it from a copy"
