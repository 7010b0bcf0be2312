"""What a run must not take in again, and whether it could tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from corpushub.errors import Suppressed
from lineage.control.erasures import PERSONAL
from lineage.control.in_force import InForce, read_in_force
from lineage.hub.database import Database
from pipelines.annotate.stage import AnnotateTask
from pipelines.ingest import Job
from pipelines.rights.suppression import ENTITIES, WITHDRAWN, Suppression, describe_suppression, write_suppression
from policies.pii.keys import VARIABLE
from policies.pii.scrubber import Scrubber


def unchecked(db: Database, dataset: str) -> InForce:
    """Return what runs of *dataset* must not take in, for who only tells of it."""
    with db.connect() as connection:
        return read_in_force(connection, dataset)


def described(found: InForce, work: str) -> Suppression | None:
    """Return what is *found* in force, to be written into the folder *work*; None if there is nothing."""
    return describe_suppression(work, _subjects(found))


def write(found: InForce, suppression: Suppression | None) -> None:
    """Write the file of *suppression*, which was described from what is *found* in force, for the tasks."""
    if suppression is not None:
        write_suppression(suppression, _subjects(found))


def digests(suppression: Suppression | None) -> tuple[str, ...]:
    """Return what makes a run under *suppression* another one: nothing where nothing is suppressed."""
    return () if suppression is None else (suppression.digest,)


def applied_to(tasks: Iterable[AnnotateTask], suppression: Suppression | None) -> tuple[AnnotateTask, ...]:
    """Return *tasks* that refuse what is suppressed."""
    if suppression is None:
        return tuple(tasks)
    return tuple(replace(task, treatment=replace(task.treatment, suppression=suppression)) for task in tasks)


def applied(job: Job, suppression: Suppression | None) -> Job:
    """Return *job* with every task refusing what is suppressed."""
    return replace(job, tasks=applied_to(job.tasks, suppression), suppression=suppression)


def refuse_blind_run(found: InForce, scrubber: Scrubber | None) -> None:
    """Refuse a run that could not tell an erased person from others.

    Raises:
        Suppressed: persons are suppressed, and the run does not look for such values, or not with the same key.
    """
    for row in found.suppressions:
        if row["kind"] in PERSONAL:
            why = _blindness(row, scrubber)
            if why is not None:
                message = f"receipt:{row['receipt']} erased a person by {row['kind']}, and this run {why}; "
                raise Suppressed(message + "nothing was read or changed")


def _blindness(row: Mapping[str, str], scrubber: Scrubber | None) -> str | None:
    """Return why a run with *scrubber* could take in again whom *row* suppresses, None if it could not."""
    entity = ENTITIES[row["kind"]]
    if scrubber is None or scrubber.key is None:
        return f"has no [pii] section with a key; add one with key_file, or set {VARIABLE}"
    if scrubber.key.id != row["key_id"]:
        return f"has key {scrubber.key.id}, not {row['key_id']}; use the key of the erasure"
    looked_for = {*scrubber.entities, *scrubber.actions} | ({"PERSON"} if scrubber.names else set())
    if entity in looked_for:
        return None
    return "does not look for names; set names = true in [pii]" if entity == "PERSON" else f"does not look for {entity}"


def _subjects(found: InForce) -> list[tuple[str, str]]:
    """Return what was erased anywhere in the hub, and what withdrawals took out of the dataset."""
    erased = [(row["kind"], row["value"]) for row in found.suppressions]
    return [*erased, *((WITHDRAWN + row["kind"], row["value"]) for row in found.rules)]
