from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from shutil import rmtree

import orjson
import pytest

from lineage.audit_log import leaves, log
from lineage.audit_log.checkpoint import open_checkpoint
from lineage.audit_log.leaves import Event
from lineage.audit_log.signing import open_signer, trusted_keys
from lineage.errors import LogDamaged
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.storage.files import list_files, read_whole, remove_file, replace_file


@pytest.fixture
def home(backed_home: Home) -> Home:
    """A fresh hub with each backing."""
    return backed_home


def event(number: int) -> Event:
    """Return the event with that number."""
    return Event("erasure", f"receipt-{number}", f"{number:064x}", {"documents": number})


def opened(home: Home) -> log.Log:
    """Return the log of *home*."""
    return log.open_log(home, trusted_keys(home).values())


def problem(hub: Hub) -> str | None:
    """Return what speaks against the log of *home*."""
    return log.checked_log(hub, trusted_keys(hub.home).values())[1]


def test_events_stand_in_their_order_and_once(hub: Hub) -> None:
    """Each event has the next leaf, and the same leaf when it is logged again."""
    made = [log.append(hub, event(number)) for number in (0, 1, 2, 1, 0)]

    assert [leaf.index for leaf in made] == [0, 1, 2, 1, 0]
    assert opened(hub.home).tiles.size == 3
    assert [entry.hex() for entry in opened(hub.home).tiles.entries(0)] == [leaf.entry for leaf in made[:3]]
    assert orjson.loads(made[2].content or "")["facts"] == {"documents": 2}


def test_log_tells_nothing_of_what_it_holds(hub: Hub) -> None:
    """The same event in two hubs has another entry in each: nobody can guess it from the log."""
    other = Home(hub.home.path / "other", "", "").create()
    entries = {log.append(Hub(place), event(1)).entry for place in (hub.home, other)}

    assert len(entries) == 2
    assert len(list_files(f"{hub.home.common}/log")) == 3
    assert not any(b"receipt" in read_whole(path) for path in list_files(f"{hub.home.common}/log"))


def test_forgotten_leaf_keeps_every_proof_valid(hub: Hub) -> None:
    """After a leaf is forgotten nothing in the control database links it, and the log is as it was."""
    for number in range(3):
        log.append(hub, event(number))
    before = opened(hub.home)
    with hub.db.begin() as connection:
        leaves.forget_leaf(connection, before.origin, 1)
    log.append(hub, event(3))
    leaf = leaves.find_leaf(hub.db, before.origin, 1)

    assert leaf is not None
    assert (leaf.subject, leaf.content, leaf.salt, leaf.key) == (None, None, None, "forgotten:1")
    earlier = open_checkpoint(before.note, trusted_keys(hub.home).values())
    assert earlier is not None
    assert log.goes_on_from(opened(hub.home), earlier)
    assert problem(hub) is None


POINTS = ["_advance", "replace_file", "leaves.save_checkpoint", "Tiles.extend"]

DIE = """
import os, sys
from lineage.audit_log import leaves, log
from lineage.audit_log.leaves import Event
from lineage.audit_log.tiles import Tiles
from lineage.hub import Hub
hub = Hub.locate(sys.argv[1])
if len(sys.argv) > 3:
    log.append(hub, Event("erasure", "first", "0" * 64))
place, _, name = ("log." + sys.argv[2] if "." not in sys.argv[2] else sys.argv[2]).rpartition(".")
setattr({"log": log, "leaves": leaves, "Tiles": Tiles}[place], name, lambda *_: os._exit(9))
log.append(hub, Event("erasure", "receipt-1", f"{1:064x}"))
"""


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("more", [[], ["first"]])
def test_killed_process_is_followed_by_one_that_goes_on(hub: Hub, point: str, more: list[str]) -> None:
    """Wherever a process dies while it logs, the next command signs what it had begun, and doubles nothing."""
    command = [sys.executable, "-c", DIE, str(hub.home.path), point, *more]
    assert subprocess.run(command, check=False, env=dict(os.environ)).returncode == 9
    log.catch_up(hub)
    leaf = log.append(hub, Event("erasure", "receipt-1", f"{1:064x}"))

    assert (leaf.index, opened(hub.home).tiles.size) == (len(more), len(more) + 1)
    assert problem(hub) is None


def append_some(hub: Hub, numbers: range) -> None:
    """Log some events."""
    for number in numbers:
        log.append(hub, event(number))


def homes_of_one_hub(folder: Path, count: int) -> list[Home]:
    """Return *count* homes that share database and warehouse, and no key."""
    catalog, warehouse = f"sqlite:///{folder / 'shared.sqlite'}", str(folder / "warehouse")
    return [Home(folder / str(number), catalog, warehouse).create() for number in range(count)]


@pytest.mark.parametrize("homes", [1, 2])
def test_processes_append_one_after_another(tmp_path: Path, homes: int) -> None:
    """Four processes that log at once, in one home or in two of one hub, leave one sound tree."""
    places = homes_of_one_hub(tmp_path, homes)
    home, db = places[0], Hub(places[0]).db
    open_signer(home)
    db.dispose()
    context = multiprocessing.get_context("fork")
    begun = [(Hub(places[n % homes]), range(n, n + 6)) for n in (0, 3, 6, 9)]
    processes = [context.Process(target=append_some, args=some) for some in begun]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0

    for place in places:
        append_some(Hub(place), range(1))
        assert opened(place).tiles.size == leaves.count_leaves(db, opened(place).origin) == 15
        assert not [*opened(place).tiles.misfits()]


def test_cut_back_log_is_refused(hub: Hub) -> None:
    """An older copy of the log put in its place, or none at all, is damage, and nothing is appended to it."""
    log.append(hub, event(0))
    old = {path: read_whole(path) for path in list_files(f"{hub.home.common}/log")}
    log.append(hub, event(1))
    for path in list_files(f"{hub.home.common}/log"):
        remove_file(path)
    with pytest.raises(LogDamaged, match="its checkpoint is missing"):
        log.append(hub, event(2))
    for path, content in old.items():
        replace_file(path, content)
    with pytest.raises(LogDamaged, match=r"cut back: its checkpoint has 1 leaves, and one of 2 was signed"):
        log.append(hub, event(2))


def test_homes_of_one_hub_share_the_log(tmp_path: Path) -> None:
    """Each home appends to the one log and signs with its own key, which the others trust; no private key is shared."""
    first, second = homes_of_one_hub(tmp_path, 2)
    for home, number in ((first, 0), (second, 1), (first, 2), (second, 2)):
        log.append(Hub(home), event(number))

    assert opened(first).note == opened(second).note
    assert opened(first).tiles.size == 3
    assert len({open_signer(home).public.id for home in (first, second)} & trusted_keys(first).keys()) == 2
    assert problem(Hub(second)) is None


def test_log_of_a_home_becomes_the_log_that_homes_share(tmp_path: Path) -> None:
    """A home that had its log for itself takes it along into a shared warehouse, once, with the keys it trusts."""
    catalog = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    alone = Home(tmp_path / "0", catalog).create()
    before = [log.append(Hub(alone), event(number)) for number in range(2)]
    first, second = homes_of_one_hub(tmp_path, 2)
    log.catch_up(Hub(first))
    leaf = log.append(Hub(second), event(2))

    assert (leaf.log, leaf.index) == (before[0].log, 2)
    assert opened(first).tiles.size == 3
    assert open_signer(alone).public.id in trusted_keys(second)
    assert alone.path != second.path


def test_log_that_a_home_kept_apart_is_still_read(tmp_path: Path) -> None:
    """A home whose log is not the one that homes share now finds its own by its name."""
    catalog = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    apart = [Home(tmp_path / name, catalog).create() for name in "01"]
    made = [log.append(Hub(home), event(number)) for number, home in enumerate(apart)]
    first, second = homes_of_one_hub(tmp_path, 2)
    log.append(Hub(first), event(2))
    keys = list(trusted_keys(second).values())
    found = [log.open_log(second, keys, origin).origin for origin in (None, made[0].log, made[1].log)]

    assert made[0].log != made[1].log
    assert found == [made[0].log, made[0].log, made[1].log]


def test_shared_log_that_was_cut_back_is_refused(tmp_path: Path) -> None:
    """Where homes share the log, too, a lost tail or a lost log is damage, and no home writes it anew."""
    first, second = homes_of_one_hub(tmp_path, 2)
    for number in range(2):
        log.append(Hub(first), event(number))
    rmtree(tmp_path / "warehouse" / ".hub" / "log")
    for home in (first, second):
        with pytest.raises(LogDamaged, match="its checkpoint is missing"):
            log.append(Hub(home), event(2))
