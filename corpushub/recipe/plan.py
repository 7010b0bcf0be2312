"""The plan of a run: what it would read, do and skip. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpushub.recipe.documentation.gaps import NO_GAPS, Gaps, gaps_of
from corpushub.recipe.estimate import Estimate, estimate
from corpushub.recipe.increment import Reused, base_for
from corpushub.recipe.inputs import Input, inputs_digest, list_inputs
from corpushub.recipe.job import annotate_tasks, code_of, load_scrubber, not_done, recipe_digest
from corpushub.recipe.loading import load_recipe
from corpushub.recipe.model import Decontaminate, Recipe, Source
from corpushub.recipe.refusals import refuse, unfinished
from corpushub.recipe.rights import load_rights
from corpushub.recipe.settings import settings, vars_of
from corpushub.recipe.suppressions import applied_to, described, refuse_blind_run, unchecked
from lineage.control.runs import Run, get_run
from lineage.control.versions import Version, get_version
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.references import VersionRef
from pipelines.annotate.stage import AnnotateTask
from pipelines.execution.stage import earlier_reports
from policies.rules.identity import PolicyIdentity


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """A source of the recipe.

    Attributes:
        name: its name.
        connector: what reads it.
        license: an SPDX expression, or that it is unknown or stated by each record.
        files: of documents.
        bytes: of these files.
        shards: tasks that read them.
    """

    name: str
    connector: str
    license: str
    files: int
    bytes: int
    shards: int


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file that is read.

    Attributes:
        source: of which source, or what else it is for.
        name: its name.
        bytes: its size.
        sha256: its digest (hex).
    """

    source: str
    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PlannedRobots:
    """A file of robots.txt and the like of many sites, which speaks for the captures of these sites in every source.

    Attributes:
        source: the source of the recipe that names it.
        name: its name.
        sources: those for whose captures it speaks.
    """

    source: str
    name: str
    sources: Sequence[str]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of the recipe.

    Attributes:
        use: its name.
        settings: as the recipe would write them, defaults included.
    """

    use: str
    settings: str


@dataclass(frozen=True, slots=True)
class PlannedBenchmark:
    """A benchmark that no document may overlap: a [[decontaminate]] section of the recipe.

    Attributes:
        name: what the ledger calls it.
        files: paths or patterns.
        fields: of an item, those that are compared.
        id: the field that names an item; null if its line number does.
        tokens: consecutive tokens that a document must share with an item.
        min_tokens: an item with fewer than tokens, but so many, must be shared as a whole.
    """

    name: str
    files: Sequence[str]
    fields: Sequence[str]
    id: str | None
    tokens: int
    min_tokens: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run of a recipe would do.

    Attributes:
        dataset: of which it would make a version.
        sources: in the recipe's order.
        files: all that is read: documents, robots.txt, benchmarks.
        robots: the files of robots.txt and the like among them, and for which sources each speaks.
        bytes: of all files.
        steps: in the order in which they run.
        decontaminate: the benchmarks.
        dedup: the settings of the recipe's section, defaults included (docs/recipe.md); null if it has none.
        boilerplate: likewise.
        pii: likewise.
        policy: which one decides; null if none does.
        not_done: what is not done because the recipe lacks it: section and why.
        shards: tasks that read files of documents and have something to read.
        shards_done: of these, those whose result is there already.
        bytes_done: bytes that they have read.
        unchanged: whether the newest version was made from the same recipe, inputs and code.
        reused: what is taken over from the newest version; null if all is read.
        unfinished: what a run would finish first, which a crash interrupted.
        estimate: what a run would take, by the rates of the last one; null if there is none, or nothing to do.
        warnings: what may keep a run from its end.
        documentation: what the hub asks to be said of the dataset and the recipe does not say: without what is
            required a run is refused, unless it is given --undocumented.
    """

    dataset: str
    sources: Sequence[PlannedSource]
    files: Sequence[PlannedFile]
    robots: Sequence[PlannedRobots]
    bytes: int
    steps: Sequence[PlannedStep]
    decontaminate: Sequence[PlannedBenchmark]
    dedup: Mapping[str, object] | None
    boilerplate: Mapping[str, object] | None
    pii: Mapping[str, object] | None
    policy: PolicyIdentity | None
    not_done: Mapping[str, str]
    shards: int
    shards_done: int
    bytes_done: int
    unchanged: bool
    reused: Reused | None
    unfinished: Sequence[str] = ()
    estimate: Estimate | None = None
    warnings: Sequence[str] = ()
    documentation: Gaps = NO_GAPS


def plan(hub: Hub, path: Path) -> Plan:
    """Say what ``run`` would do with the recipe at *path*.

    Raises:
        RecipeError, PolicyError, MissingSource, WrongDigest: a run would be refused for the same reason.
        Suppressed: likewise, as it could not tell whom an erasure took out.
        DatasetBusy: likewise, while another command changes the dataset.
        HomeError: likewise, as the hub cannot be written.
        LogDamaged: likewise, as what the hub holds is not what its audit log says.
    """
    recipe, _ = load_recipe(path)
    gaps = gaps_of(hub.home, recipe)
    rights, scrubber = load_rights(recipe, path.parent), load_scrubber(recipe, path.parent)
    db = hub.db if hub.home.exists else None
    inputs = list_inputs(recipe, path.parent.absolute(), db, keep=False)
    digests = (recipe_digest(recipe, rights, inputs, scrubber), inputs_digest(inputs))
    refuse(hub, recipe.dataset.name)
    newest = _newest(db, recipe.dataset.name)
    base = base_for(hub, newest, digests[0], inputs) if db is not None else None
    name, work = recipe.dataset.name, hub.home.work_folder(recipe.dataset.name)
    found = unchecked(db, name) if db is not None else None
    suppression = described(found, work) if found is not None else None
    tasks = annotate_tasks(recipe, rights, inputs, base.unread if base else inputs, f"{work}/annotate")
    tasks = applied_to(tasks, suppression)
    reported = {report.id for report in earlier_reports(tasks)}
    done = [task for task in tasks if task.id in reported]
    unchanged = newest is not None and db is not None and same(get_run(db, newest.run), *digests, code_of(recipe))
    if found is not None and not unchanged:
        refuse_blind_run(found, scrubber)
    todo = sum(task.cost for task in tasks) - sum(task.cost for task in done)
    expected = estimate(hub, name, todo) if db is not None and not unchanged else None
    return Plan(
        dataset=name,
        sources=[_source(source, inputs, tasks) for source in recipe.source],
        files=[PlannedFile(item.label, item.file.name, item.file.size, item.sha256) for item in inputs],
        robots=_robots(recipe, inputs),
        bytes=sum(item.file.size for item in inputs),
        steps=[PlannedStep(use.use, settings(vars_of(use.build()))) for use in recipe.step],
        decontaminate=[_benchmark(one) for one in recipe.decontaminate],
        dedup=recipe.dedup.model_dump() if recipe.dedup else None,
        boilerplate=recipe.boilerplate.model_dump() if recipe.boilerplate else None,
        pii=recipe.pii.model_dump() if recipe.pii else None,
        policy=rights.policy.identity if rights.policy else None,
        not_done=not_done(recipe, scrubber, gaps),
        shards=len(tasks),
        shards_done=len(done),
        bytes_done=sum(task.cost for task in done),
        unchanged=unchanged,
        reused=base.summary(inputs) if base else None,
        unfinished=unfinished(hub, name),
        estimate=expected,
        warnings=_warnings(expected),
        documentation=gaps,
    )


def _robots(recipe: Recipe, inputs: Sequence[Input]) -> list[PlannedRobots]:
    sources = [source.name for source in recipe.source]
    return [PlannedRobots(item.source.name, item.file.name, sources) for item in inputs if item.robots]


def _warnings(expected: Estimate | None) -> list[str]:
    if expected is None or expected.disk_bytes <= expected.free_bytes:
        return []
    return ["the drive of the hub has less room free than a run would need: make room first, or name another hub"]


def _source(source: Source, inputs: Sequence[Input], tasks: Sequence[AnnotateTask]) -> PlannedSource:
    sizes = [item.file.size for item in inputs if item.source is source and not item.robots]
    shards = sum(task.reading.source == source.name for task in tasks)
    return PlannedSource(source.name, source.connector, source.license, len(sizes), sum(sizes), shards)


def _benchmark(section: Decontaminate) -> PlannedBenchmark:
    items = (section.name, section.files, section.paths, section.id)
    return PlannedBenchmark(*items, tokens=section.tokens, min_tokens=section.min_tokens)


def _newest(db: Database | None, dataset: str) -> Version | None:
    try:
        return get_version(db, VersionRef(dataset)) if db is not None else None
    except UnknownReference:
        return None


def same(run: Run, recipe: str, inputs: str, code: str) -> bool:
    """Tell whether *run* computed the same from the same, with the same *code*."""
    return (run.recipe_digest, run.inputs_digest, run.code_version) == (recipe, inputs, code)
