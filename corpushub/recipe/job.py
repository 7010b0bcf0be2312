"""From a recipe to a job: which files there are, what they hold, and which tasks read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from connectors.capture import Slice
from connectors.streams.files import DigestedFile, SourceFile, digest, list_files
from corpushub.errors import WrongDigest
from corpushub.recipe.model import UNKNOWN, Decontaminate, Dedup, Limits, Recipe, Source
from corpushub.recipe.rights import Rights
from lineage.control import source_digests
from lineage.control.runs import RunInput
from lineage.hub import Hub
from lineage.hub.home import Home
from pipelines.annotate.stage import AnnotateTask
from pipelines.annotate.treatment import PER_RECORD, Reading, Treatment
from pipelines.captures.formats import connector_named
from pipelines.code.version import code_version
from pipelines.decontaminate.benchmark_index import Benchmark, BenchmarkTask
from pipelines.dedup.deduplicate import DedupSettings
from pipelines.handover.ids import digest as digest_of
from pipelines.handover.parts import Keying, PartFile
from pipelines.ingest import Job
from pipelines.kernels.minhash import MinHasher
from policies.addresses.kept_text import kept_text
from policies.addresses.redaction import redact_uri
from policies.pii.scrubber import Scrubber
from policies.rights.licenses import normalize
from policies.rules.engine import Policy
from policies.rules.policy_file import find_policy, parse_policy, read_text
from policies.spelling import nearest

SLICES = 32
SLICE_BYTES = (1 << 20, 64 << 20)
"""Files that can be cut are cut so that all inputs make about SLICES slices of this many stored bytes at least and at
most: few cores share one archive evenly, a large corpus is not shredded, and sizes depend on the inputs alone."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file of a source or a benchmark, with the SHA-256 of its bytes."""

    source: Source | Decontaminate
    file: SourceFile
    sha256: str
    robots: bool = False

    @property
    def label(self) -> str:
        """Return what lineage calls the set of files it belongs to."""
        if isinstance(self.source, Decontaminate):
            return f"{self.source.name}:benchmark"
        return f"{self.source.name}:robots" if self.robots else self.source.name

    def digested(self) -> DigestedFile:
        """Return it as tasks that read files whole have it."""
        return DigestedFile(self.file.path, self.file.name, self.file.size, self.sha256)

    def record(self) -> RunInput:
        """Return it as lineage records it."""
        return RunInput(self.label, self.file.name, redact_uri(self.file.path), self.file.size, self.sha256)


def list_inputs(recipe: Recipe, root: Path, db: Engine | None) -> list[Input]:
    """List every file of every source and benchmark, with its digest, taken from *db* while size and time agree.

    Raises:
        MissingSource: a pattern matches nothing, or a file cannot be read.
        WrongDigest: a file is not what its source's `sha256` says, or the source has no such file.
    """
    wanted: list[tuple[Source | Decontaminate, SourceFile, bool]] = [
        (source, file, robots)
        for source in recipe.source
        for patterns, robots in ((source.paths, False), (source.robots, True))
        if patterns
        for file in list_files(patterns, str(root), outside=source.outside)
    ]
    wanted += [(one, file, False) for one in recipe.decontaminate for file in list_files(one.files, str(root))]
    with ThreadPoolExecutor(2) as pool:
        sums = list(pool.map(lambda item: digest_of_file(item[1].path, None if _pinned(*item[:2]) else db), wanted))
    for source in recipe.source:
        found = {file.name: sha256 for (of, file, _), sha256 in zip(wanted, sums, strict=True) if of is source}
        _require_digests(source, found)
    return [
        Input(source, _without_personal_data(file, sha256), sha256, robots)
        for (source, file, robots), sha256 in zip(wanted, sums, strict=True)
    ]


def _pinned(source: Source | Decontaminate, file: SourceFile) -> str | None:
    """Return the digest that the recipe wants of *file*: it is then computed anew, whatever is known of the file."""
    return source.sha256.get(file.name) if isinstance(source, Source) else None


def _require_digests(source: Source, found: Mapping[str, str]) -> None:
    for name, wanted in source.sha256.items():
        there = found.get(name)
        if there is None:
            message = (
                f"source {source.name!r} has no file {name!r}, of which its `sha256` speaks{nearest(name, found)}; "
            )
            raise WrongDigest(message + "nothing was read")
        if there != wanted.lower():
            message = f"{redact_uri(name)} of source {source.name!r} is not the file that the recipe means: it has "
            message += f"the SHA-256 {there}, and `sha256` says {wanted.lower()}; nothing was read; "
            raise WrongDigest(message + "get the file again, or correct the recipe")


def _without_personal_data(file: SourceFile, sha256: str) -> SourceFile:
    """Return *file* under the name that ledger and messages give it: redacted like an address, with its digest then."""
    name = redact_uri(file.name)
    return file if name == file.name else replace(file, name=f"{name}#{sha256[:12]}")


def digest_of_file(path: str, db: Engine | None) -> str:
    """Return the SHA-256 (hex) of the file at *path*, from *db* while its size and time agree.

    Raises:
        MissingSource: it cannot be read.
    """
    local = Path(path)
    if db is None or not local.is_file() or redact_uri(path) != path:
        return digest(path)
    stat = local.stat()
    known = source_digests.cached_digest(db, path, stat.st_size, stat.st_mtime_ns)
    if known is None:
        known = digest(path)
        source_digests.remember_digest(db, path, stat.st_size, stat.st_mtime_ns, known)
    return known


def inputs_digest(inputs: Iterable[Input]) -> str:
    """Identify the inputs by source, name and content, whatever their order."""
    return digest_of(sorted([item.label, item.file.name, item.sha256] for item in inputs))


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


def not_done(recipe: Recipe, scrubber: Scrubber | None) -> dict[str, str]:
    """Say what the recipe, and what was there for it, leave out."""
    unhashed = scrubber is not None and scrubber.key is None
    return {**recipe.not_done(), **({"findings": "not hashed, no key"} if unhashed else {})}


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
    least, most = SLICE_BYTES
    target = min(max(sum(item.file.size for item, _ in read) // SLICES, least), most)
    limits = (recipe.limits or Limits()).of_files()
    return tuple(
        AnnotateTask(
            piece, item.file.name, item.sha256, _size(piece, item.file), _reading(source), treatment, work, limits
        )
        for item, source in read
        for piece in connector_named(source.connector).split(item.file, target)
    )


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
    earlier: tuple[PartFile, ...] = (),
    allow_failed: int = 0,
    scrubber: Scrubber | None = None,
) -> Job:
    """Put the job together; *earlier* are the index files of the version it goes on from."""
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
        earlier=earlier,
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
