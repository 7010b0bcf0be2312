"""The plan of a run: what it would read, do and skip. Nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from corpushub.recipe.increment import base_for
from corpushub.recipe.job import (
    annotate_tasks,
    code_of,
    inputs_digest,
    list_inputs,
    load_scrubber,
    not_done,
    recipe_digest,
    work_folder,
)
from corpushub.recipe.model import load_recipe
from corpushub.recipe.rights import load_rights
from corpushub.recipe.suppressions import applied_to, current
from lineage.control.runs import Run, get_run
from lineage.control.versions import Version, get_version
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.references import VersionRef
from lineage.storage.files import exists


def plan(hub: Hub, path: Path) -> dict[str, Any]:
    """Say what ``run`` would do with the recipe at *path*."""
    recipe, _ = load_recipe(path)
    rights, scrubber = load_rights(recipe, path.parent), load_scrubber(recipe, path.parent)
    db = hub.db if hub.home.exists else None
    inputs = list_inputs(recipe, path.parent.absolute(), None)
    digests = (recipe_digest(recipe, rights, inputs, scrubber), inputs_digest(inputs))
    policy = rights.policy
    newest = _newest(db, recipe.dataset.name)
    unchanged = newest is not None and db is not None and same(get_run(db, newest.run), *digests, code_of(recipe))
    base = base_for(hub, newest, digests[0], inputs) if db is not None else None
    unread = base.unread if base else inputs
    name, work = recipe.dataset.name, work_folder(hub.home, recipe.dataset.name)
    suppression = current(db, name, work) if db is not None else None
    tasks = annotate_tasks(recipe, rights, inputs, unread, f"{work}/annotate")
    tasks = applied_to(tasks, suppression)
    done = [task for task in tasks if exists(task.report_path)]
    return {
        "dataset": recipe.dataset.name,
        "sources": [
            {
                "name": source.name,
                "connector": source.connector,
                "license": source.license,
                "files": sum(item.source is source and not item.robots for item in inputs),
                "bytes": sum(item.file.size for item in inputs if item.source is source and not item.robots),
                "shards": sum(task.reading.source == source.name for task in tasks),
            }
            for source in recipe.source
        ],
        "files": [
            {"source": item.label, "name": item.file.name, "bytes": item.file.size, "sha256": item.sha256}
            for item in inputs
        ],
        "bytes": sum(item.file.size for item in inputs),
        "steps": [{"use": use.use, "settings": repr(use.build())} for use in recipe.step],
        "decontaminate": [{**one.model_dump(exclude={"field"}), "fields": one.paths} for one in recipe.decontaminate],
        "dedup": recipe.dedup.model_dump() if recipe.dedup else None,
        "boilerplate": recipe.boilerplate.model_dump() if recipe.boilerplate else None,
        "pii": recipe.pii.model_dump() if recipe.pii else None,
        "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest} if policy else None,
        "not_done": not_done(recipe, scrubber),
        "shards": len(tasks),
        "shards_done": len(done),
        "bytes_done": sum(task.cost for task in done),
        "unchanged": unchanged,
        "reused": base.summary(inputs) if base else None,
    }


def _newest(db: Engine | None, dataset: str) -> Version | None:
    try:
        return get_version(db, VersionRef(dataset)) if db is not None else None
    except UnknownReference:
        return None


def same(run: Run, recipe: str, inputs: str, code: str) -> bool:
    """Tell whether *run* computed the same from the same, with the same *code*."""
    return (run.recipe_digest, run.inputs_digest, run.code_version) == (recipe, inputs, code)
