"""Examine what homes of one hub share: database, store, keys, and what another home's erasure left to be done here."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from lineage.commit.work import is_outdated, work_names
from lineage.control.versions import datasets_in_use, get_version
from lineage.errors import LineageError
from lineage.hub import Hub
from lineage.hub.home import Home, is_local
from lineage.references import VersionRef
from lineage.storage.files import read_whole, remove_file, replace_file

Found = tuple[bool, str]
"""Whether it is wrong, and what it is."""

CLOCK_SECONDS = 60.0
"""How far the clocks of this machine, its disks and its services may lie apart."""

OLDEST_POSTGRES = 130000
"""The oldest server that is still maintained, as server_version_num; tests run on what Debian has."""


def sharing(hub: Hub) -> Iterator[Found]:
    """Look whether other homes can take part in this hub, where the settings say so."""
    if hub.home.catalog and not hub.home.warehouse_root:
        message = "CORPUSHUB_CATALOG is set and CORPUSHUB_WAREHOUSE is not: other homes see versions of this one, and "
        yield False, message + "cannot read them"
    if hub.home.is_shared and not hub.home.has_server:
        yield True, "CORPUSHUB_CATALOG is no PostgreSQL address: nothing keeps commands of other machines out"


def database(hub: Hub) -> Iterator[Found]:
    """Look at the server of the database: its release, and its clock, by which nobody goes but people."""
    if hub.db.is_sqlite:
        return
    with hub.db.connect() as connection:
        number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
        now = float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    if number < OLDEST_POSTGRES:
        yield True, f"the PostgreSQL server is release {number // 10000}: upgrade it, nobody maintains that"
    if abs(now - time.time()) > CLOCK_SECONDS:
        yield True, f"the clock of the database server is {abs(now - time.time()):.0f} s off this machine's: set them"


def store(hub: Hub) -> Iterator[Found]:
    """Write, read and remove an object where data files and those between stages go, and compare the clocks."""
    places = {f"{hub.home.warehouse}/.hub": hub.home.warehouse, hub.home.work: hub.home.work}
    for folder, place in places.items():
        if not is_local(place):
            yield from _store(folder, place)


def _store(folder: str, place: str) -> Iterator[Found]:
    from lineage.storage import stores

    path, content = f"{folder}/probe-{os.getpid()}-{time.time_ns()}", os.urandom(16)
    try:
        replace_file(path, content)
        same, written = read_whole(path) == content, stores.modified(path)
        remove_file(path)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        yield True, f"{place} cannot be written, read and cleaned: {why}: check AWS_* and the permissions"
        return
    if not same or stores.exists(path):
        yield True, f"{place} does not give back what was just written or removed: use a consistent store"
    if abs(written - time.time()) > CLOCK_SECONDS:
        yield True, f"the clock of the store is {abs(written - time.time()):.0f} s off: `clean` would misjudge ages"


def signatures(hub: Hub) -> Iterator[Found]:
    """Look whether this home can sign, and trusts who signed the log and the newest version of each dataset."""
    from lineage.audit_log.checkpoint import open_checkpoint
    from lineage.audit_log.log import newest_note
    from lineage.audit_log.signing import trusted_keys
    from lineage.proof.attest import attestation_of  # cryptography is imported only where something is verified
    from lineage.proof.check import opened

    trusted = [*trusted_keys(hub.home).values()]
    try:
        note = newest_note(hub.home)
        if note is not None and open_checkpoint(note, trusted) is None:
            yield True, "no trusted key signed the newest checkpoint of the log: run `corpushub verify`"
    except LineageError as error:
        yield True, str(error)
    newest = [get_version(hub.db, VersionRef(name)) for name in datasets_in_use(hub.db)]
    signed = {one.name: made.envelope for one in newest if (made := attestation_of(hub.db, one))}
    for name in [name for name, envelope in signed.items() if opened(envelope, trusted) is None]:
        yield True, f"no key that this hub trusts signed the statement about {name}: restore {hub.home.common}/keys"
    yield from _private_key(hub.home, signs=bool(signed))


def _private_key(home: Home, *, signs: bool) -> Iterator[Found]:
    """Look at the key of this home; *signs* tells whether the hub has signed anything yet."""
    from lineage.audit_log.signing import VARIABLE

    named = os.environ.get(VARIABLE)
    if named and not Path(named).is_file():
        yield True, f"{VARIABLE} names {named}, which is not there: versions are made and not signed"
    elif named and Path(named).stat().st_mode & 0o077:
        yield True, f"others can read the key {named}: chmod 600 it, and think about a new one"
    elif signs and not named and not (home.path / "keys" / "signing.pem").exists():
        yield False, f"the signing key is not in {home.path}/keys: restore it, or the next run makes a new one"


def outdated(hub: Hub) -> Iterator[Found]:
    """Look for work files that another home's erasure does not reach."""
    for name in work_names(hub.home):
        if not name.startswith(".") and is_outdated(hub, name):
            message = f"the work files of {name} are older than an erasure and may hold what was erased: "
            yield True, message + "run its recipe again, or `corpushub clean --yes`"
