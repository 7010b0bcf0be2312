"""From a recipe to a job: which files there are, what they hold, and which tasks read them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from connectors.capture import Slice
from connectors.streams.files import DigestedFile, SourceFile
from corpushub.recipe.documentation.gaps import Gaps
from corpushub.recipe.increment import Base
from corpushub.recipe.inputs import Input
from corpushub.recipe.model import UNKNOWN, Decontaminate, Dedup, Recipe, Source
from corpushub.recipe.rights import Rights
from corpushub.recipe.sections.limits import Limits
from lineage.hub import Hub
from lineage.hub.home import Home
from pipelines.annotate.stage import AnnotateTask
from pipelines.annotate.treatment import PER_RECORD, Reading, Treatment
from pipelines.captures.formats import connector_named
from pipelines.code.version import code_version
from pipelines.decontaminate.benchmark_index import Benchmark, BenchmarkTask
from pipelines.dedup.deduplicate import DedupSettings
from pipelines.handover.ids import digest as digest_of
from pipelines.handover.parts import Keying
from pipelines.ingest import Job
from pipelines.kernels.minhash import MinHasher
from policies.addresses.kept_text import kept_text
from policies.pii.scrubber import Scrubber
from policies.rights.licenses import normalize
from policies.rules.engine import Policy
from policies.rules.policy_file import find_policy, parse_policy, read_text

SLICES = 32
SLICE_BYTES = (1 << 20, 64 << 20)
"""Files that can be cut are cut so that all inputs make about SLICES slices of this many stored bytes at least and at
most: few cores share one archive evenly, a large corpus is not shredded, and sizes depend on the inputs alone."""

MOST_SLICES = 1 << 14
LARGEST_SLICE = 512 << 20
"""Inputs that would make more slices than that are cut into larger ones, up to this many bytes: the driver holds some
kilobytes for each, and a task some hundred bytes for each of its records."""


def keep_policy(recipe: Recipe, root: Path, policy: Policy | None, hub: Hub) -> str | None:
    """Keep and log the text of the recipe's policy, unless the file has changed since *policy* was read from it.

    Return the SHA-256 (hex) of the text, None if it is not kept.
    """
    from lineage.proof.attest import keep_policy_text  # cryptography is imported only where something is signed

    if recipe.policy is None or policy is None:
        return None
    text = read_text(find_policy(recipe.policy.file, root))
    same = parse_policy(text).digest == policy.digest
    return keep_policy_text(hub, policy.digest, kept_text(text), text) if same else None


def load_scrubber(recipe: Recipe, root: Path) -> Scrubber | None:
    """Make what scrubs personal data as the recipe wants it, if it does; see that its key is there if it needs one.

    Raises:
        PolicyError: the settings cannot be meant, or there is no key.
    """
    return recipe.pii.scrubber(root) if recipe.pii else None


def not_done(recipe: Recipe, scrubber: Scrubber | None, gaps: Gaps) -> dict[str, str]:
    """Say what the recipe, and what was there for it, leave out; *gaps* are those of its documentation."""
    unhashed = scrubber is not None and scrubber.key is None
    findings = {"findings": "not hashed, no key"} if unhashed else {}
    return {**recipe.not_done(), **findings, **gaps.not_done(written=recipe.documentation is not None)}


def dedup_settings(recipe: Recipe) -> DedupSettings:
    """Return how duplicates are found; without a [dedup] section only records read twice are."""
    if recipe.dedup is None:
        return DedupSettings(near=False, exact=False)
    section = recipe.dedup
    names = ("threshold", "num_perm", "near", "verify", "url")
    return DedupSettings(**{name: getattr(section, name) for name in names})


def recipe_digest(recipe: Recipe, rights: Rights, inputs: Sequence[Input], scrubber: Scrubber | None = None) -> str:
    """Identify what the recipe rewriters, the content of its policy and benchmarks and the id of its key included."""
    index = benchmark_index(recipe, inputs, "")
    key = scrubber.key.id if scrubber and scrubber.key else None
    meaning = [recipe.digest(), rights.meaning(), index.inputs() if index else None]
    return digest_of([*meaning, key])


def benchmark_index(recipe: Recipe, inputs: Sequence[Input], work: str) -> BenchmarkTask | None:
    """Plan the index of the recipe's benchmarks, None if it has none."""
    benchmarks = [
        Benchmark(one.name, _files_of(one, inputs), tuple(one.paths), one.id, one.tokens, one.min_tokens)
        for one in recipe.decontaminate
    ]
    return BenchmarkTask(tuple(benchmarks), work) if benchmarks else None


def _files_of(section: Decontaminate, inputs: Sequence[Input]) -> tuple[DigestedFile, ...]:
    return tuple(item.digested() for item in inputs if item.source is section)


def annotate_tasks(
    recipe: Recipe, rights: Rights, inputs: Sequence[Input], unread: Sequence[Input], work: str
) -> tuple[AnnotateTask, ...]:
    """Cut every document file of *unread*, which are some of *inputs*, into slices and plan one task for each."""
    steps = tuple((use.use, use.build()) for use in recipe.step)
    finders = rights.finders(_site_files(inputs), work)
    treatment = Treatment(steps, rights.policy, keying(recipe.dedup), benchmark_index(recipe, inputs, work), finders)
    read = [(item, item.source) for item in unread if isinstance(item.source, Source) and not item.robots]
    target = slice_bytes(sum(item.file.size for item, _ in read))
    limits = (recipe.limits or Limits()).of_files()
    return tuple(
        AnnotateTask(
            piece, item.file.name, item.sha256, _size(piece, item.file), _reading(source), treatment, work, limits
        )
        for item, source in read
        for piece in connector_named(source.connector).split(item.file, target)
    )


def slice_bytes(total: int) -> int:
    """Return the stored bytes of a slice of inputs of *total* bytes."""
    least, most = SLICE_BYTES
    return min(max(total // SLICES, least), max(most, min(total // MOST_SLICES, LARGEST_SLICE)))


def _site_files(inputs: Sequence[Input]) -> tuple[DigestedFile, ...]:
    return tuple(item.digested() for item in inputs if item.robots)


def keying(section: Dedup | None) -> Keying:
    """Return what annotation must note of each document for deduplication as *section* wants it."""
    section = section or Dedup(near=False)
    minhash, exact = MinHasher(num_perm=section.num_perm), section.verify == "exact"
    return Keying(minhash, section.near, tuple(section.survivor), section.url, exact)


def _reading(source: Source) -> Reading:
    plain = {UNKNOWN: None, PER_RECORD: PER_RECORD}
    declared = plain[source.license] if source.license in plain else normalize(source.license)
    return Reading(source.name, source.connector, source.options, declared, source.extract, source.max_garbled)


def _size(piece: Slice, file: SourceFile) -> int:
    return (file.size if piece.end is None else piece.end) - piece.start


def make_job(
    recipe: Recipe,
    tasks: Sequence[AnnotateTask],
    home: Home,
    run_id: str,
    base: Base | None = None,
    allow_failed: int = 0,
    scrubber: Scrubber | None = None,
) -> Job:
    """Put the job together; *base* is the version that it goes on from, if any."""
    name = recipe.dataset.name
    signals = {
        signal: kind for task in tasks[:1] for _, step in task.treatment.steps for signal, kind in step.signals.items()
    }
    signals = {signal: kind for signal, kind in signals.items() if signal not in {"language", "language_score"}}
    return Job(
        tasks=tuple(tasks),
        dedup=dedup_settings(recipe),
        scrubber=scrubber,
        signals=signals,
        run_id=run_id,
        work=home.work_folder(name),
        documents=home.data_folder(name, "documents"),
        ledger=home.data_folder(name, "ledger"),
        index=home.data_folder(name, "index"),
        profiles=home.data_folder(name, "profiles"),
        statistics=home.data_folder(name, "statistics"),
        earlier=base.parts if base else (),
        texts=base.texts if base else (),
        before=base.at(home) if base else None,
        allow_failed=allow_failed,
        boilerplate=recipe.boilerplate.rule() if recipe.boilerplate else None,
        record_seconds=(recipe.limits or Limits()).record_seconds,
    )


def code_of(recipe: Recipe) -> str:
    """Return the version of all code that a run of *recipe* computes with, its plugins included."""
    return code_version(plugins=recipe.plugins())


def run_id(recipe: Recipe, digests: Sequence[str], parent: int | None, *, grows: bool) -> str:
    """Name a run by what it computes and the version it follows, so that a repeat of a killed run is the same run.

    *grows* tells whether it takes over the documents of the version it follows.
    """
    return digest_of([recipe.dataset.name, *digests, code_of(recipe), parent, grows])[:12]
