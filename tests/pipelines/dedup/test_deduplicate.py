"""Deduplication of parts: what is dropped, for whom, and that nothing else has a say in it."""

from __future__ import annotations

import hashlib
import pickle
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipelines.dedup.deduplicate import DedupResult, DedupSettings, deduplicate
from pipelines.dedup.drops import STAYED
from pipelines.dedup.indexes.index import IndexTask
from pipelines.dedup.near.candidates import SMALL
from pipelines.errors import SidecarMismatch, StageLost
from pipelines.execution.stage import R, Stages, Task
from pipelines.handover.parts import PartFile
from pipelines.handover.sections import write_sections
from pipelines.handover.sidecar import Sidecar, SidecarRows, write_sidecar
from pipelines.handover.workfiles import reading
from pipelines.kernels.minhash import MinHasher
from pipelines.kernels.shingles import ShingleSets
from policies.addresses.same_page import url_ids

NEAR = DedupSettings(threshold=0.7)
URL = replace(NEAR, url=True)

TINY: dict[str, Any] = {"task_documents": 40, "task_text": 1500, "fan": 2, "task_edges": 20}
"""Limits so small that every stage has several tasks, runs are merged in levels, and components found by stars."""


@dataclass(frozen=True)
class Document:
    """A made-up document: rank 0 is preferred."""

    name: str
    text: str
    rank: int = 0
    url: str | None = None

    @property
    def doc_id(self) -> bytes:
        """Identify by name."""
        return hashlib.sha256(self.name.encode()).digest()[:16]

    @property
    def content_id(self) -> bytes:
        """Identify by text."""
        return hashlib.sha256(self.text.encode()).digest()


@dataclass(frozen=True)
class Drop:
    """A row of a verdict file, with the names of both documents."""

    name: str
    reason: str
    duplicate_of: str
    similarity: float | None


def shingle_sets(text: pa.StringArray) -> ShingleSets:
    """Return the shingle set of each text."""
    return MinHasher(1).sketch(text)[1]


def run_all(tasks: Sequence[Task[R]], /) -> list[R]:
    """Run tasks as another process would get them."""
    return [pickle.loads(pickle.dumps(task)).run() for task in tasks]


def write_part(folder: Path | str, documents: Sequence[Document]) -> PartFile:
    """Write the sidecar of a part, which is all that deduplication reads of it."""
    table = pa.table(
        {
            "doc_id": pa.array([document.doc_id for document in documents], pa.binary(16)),
            "content_id": pa.array([document.content_id for document in documents], pa.binary(32)),
            "text": [document.text for document in documents],
        }
    ).combine_chunks()
    state = hashlib.sha256(repr(documents).encode()).hexdigest()[:32]
    path = f"{folder}/{state}"
    text = pa.array([document.text for document in documents])
    sizes = np.array([len(document.text.encode()) for document in documents], np.int64)
    ranks = (np.array([document.rank for document in documents], np.int64),)
    keys = [table[name].combine_chunks() for name in ("doc_id", "content_id")]
    urls = url_ids(pa.array([document.url for document in documents], pa.string()))
    signatures, sets = MinHasher().sketch(text)
    rows = SidecarRows(keys[0], keys[1], sizes, ranks, signatures, MinHasher(), urls, sets)
    write_sidecar(f"{path}.dedup", rows)
    return PartFile(path, len(documents), int(sizes.sum()))


def read_drops(
    result: DedupResult, parts: dict[str, Sequence[Document]], earlier: Sequence[Document] = ()
) -> list[Drop]:
    """Return every drop, by name."""
    named = [*earlier, *(document for documents in parts.values() for document in documents)]
    names = {document.doc_id: document.name for document in named}
    drops = []
    for part, path in result.verdicts.items():
        with reading(path) as file:
            rows = pa.ipc.open_file(file).read_all().to_pylist()
        for row in rows:
            name = parts[part][row["row"]].name
            drops.append(Drop(name, row["reason"], names[row["duplicate_of"]], row["similarity"]))
    return sorted(drops, key=lambda drop: (drop.name, drop.reason))


Dedup = Callable[..., tuple[list[Drop], DedupResult]]


@pytest.fixture
def dedup(tmp_path: Path) -> Dedup:
    """Deduplicate lists of documents, each list a part."""

    def run(*groups: Sequence[Document], settings: DedupSettings = NEAR) -> tuple[list[Drop], DedupResult]:
        files = [write_part(tmp_path, group) for group in groups]
        out = tmp_path / f"out{random.random()}"
        result = deduplicate(files, settings, str(out), run_all)
        return read_drops(result, dict(zip([file.name for file in files], groups, strict=True))), result

    return run


def words(seed: int, count: int = 60) -> list[str]:
    """Make up words."""
    generator = random.Random(seed)
    return [f"w{generator.randrange(10_000)}" for _ in range(count)]


def variant(base: list[str], seed: int, changes: int) -> str:
    """Replace some words."""
    generator = random.Random(seed)
    changed = list(base)
    for at in generator.sample(range(len(base)), changes):
        changed[at] = f"x{generator.randrange(10_000)}"
    return " ".join(changed)


def family(seeds: Sequence[int], size: int = 8) -> list[Document]:
    """Documents that resemble others of their seed more or less."""
    return [
        Document(f"{seed}/{i}", variant(words(seed), i, i % 4), rank=(i * 7 + seed) % 3)
        for seed in seeds
        for i in range(size)
    ]


def test_copies_name_the_preferred_document(dedup: Dedup) -> None:
    """Of equal texts the one of lowest rank stays, and every other names it with similarity 1."""
    drops, result = dedup(
        [Document("a", "same text", 1), Document("b", "same text", 0)], [Document("c", "same text", 2)]
    )
    assert drops == [Drop("a", "exact_duplicate", "b", 1.0), Drop("c", "exact_duplicate", "b", 1.0)]
    assert result.counts["exact_duplicate"] == 2


def test_a_record_read_twice_stays_once(dedup: Dedup) -> None:
    """Two rows with one id and one text are one record; with two texts they conflict, and have no similarity."""
    first = [Document("a", "one"), Document("b", "first text")]
    drops, _ = dedup(first, [Document("a", "one"), Document("b", "second text", 1)])
    assert drops == [Drop("a", "repeated_record", "a", 1.0), Drop("b", "id_conflict", "b", None)]


def test_a_dropped_row_is_no_ones_survivor(dedup: Dedup) -> None:
    """A row that lost its id to another does not stand for the copies of its text."""
    drops, _ = dedup([Document("a", "kept"), Document("a", "other", 1), Document("b", "other", 2)])
    assert drops == [Drop("a", "id_conflict", "a", None)]


def test_chains_end_at_a_kept_document(dedup: Dedup) -> None:
    """A copy of a near-duplicate, and a repetition of it, name the kept document with the verified similarity."""
    near = variant(words(1), 5, 1)
    documents = [Document("best", " ".join(words(1))), Document("near", near, 1), Document("copy", near, 2)]
    drops, _ = dedup(documents, [Document("near", near, 3)])
    exact = shingle_sets(pa.array([documents[0].text, near])).similarity(0, 1)
    assert [(drop.name, drop.reason, drop.duplicate_of) for drop in drops] == [
        ("copy", "near_duplicate", "best"),
        ("near", "near_duplicate", "best"),
        ("near", "repeated_record", "best"),
    ]
    assert {drop.similarity for drop in drops} == {np.float32(exact)}


def test_captures_of_one_url_name_the_preferred_one(dedup: Dedup) -> None:
    """Of several captures of one page only the preferred stays, if that is asked for; others without a URL all do."""
    captures = [
        Document("a", "the page of yesterday", 1, "http://x.example/p"),
        Document("b", "the page of today", 0, "https://www.x.example/p/?utm_source=y"),
        Document("c", "another page", 0, "https://x.example/q"),
        Document("d", "no address"),
        Document("e", "no address either", url="urn:isbn:1"),
    ]
    drops, result = dedup(captures[:1], captures[1:], settings=URL)
    assert drops == [Drop("a", "url_duplicate", "b", None)]
    assert result.counts["url_duplicate"] == 1
    assert dedup(captures)[0] == []


def test_chains_over_urls_end_at_a_kept_document(dedup: Dedup) -> None:
    """Of a repeated record, a capture of one URL, a copy and a near-duplicate, all name the one that is kept."""
    best, near = " ".join(words(1)), variant(words(1), 5, 1)
    documents = [
        Document("best", best),
        Document("near", near, 1),
        Document("copy", near, 2, "http://x.example/"),
        Document("capture", "quite another text", 3, "http://x.example/index.html"),
    ]
    drops, _ = dedup(documents, [replace(documents[3], rank=4)], settings=URL)
    similarity = float(np.float32(shingle_sets(pa.array([best, near])).similarity(0, 1)))
    assert drops == [
        Drop("capture", "repeated_record", "best", None),
        Drop("capture", "url_duplicate", "best", None),
        Drop("copy", "near_duplicate", "best", similarity),
        Drop("near", "near_duplicate", "best", similarity),
    ]


def test_near_duplicates_have_a_kept_twin_among_urls_too(dedup: Dedup) -> None:
    """Where pages lose captures first, each near-duplicate still names a kept document as similar as it says."""
    documents = [replace(document, url=f"http://x.example/{at % 100}") for at, document in enumerate(family(range(20)))]
    drops, result = dedup(documents[:70], documents[70:], settings=replace(URL, task_documents=60))
    sets = shingle_sets(pa.array([document.text for document in documents]))
    place = {document.name: i for i, document in enumerate(documents)}
    dropped = {drop.name for drop in drops}
    near = [drop for drop in drops if drop.reason == "near_duplicate"]
    assert result.counts["url_duplicate"] == len(documents) - 100
    assert len(near) > 5
    assert not dropped & {drop.duplicate_of for drop in drops}
    assert all(sets.similarity(place[drop.name], place[drop.duplicate_of]) >= 0.7 for drop in near)


def test_parts_without_urls_are_refused(tmp_path: Path) -> None:
    """URLs cannot be compared where annotation noted none."""
    part = write_part(tmp_path, [Document("a", "one")])
    ids = pa.array([b"a" * 16], pa.binary(16)), pa.array([b"a" * 32], pa.binary(32))
    write_sidecar(f"{part.path}.dedup", SidecarRows(*ids, np.ones(1, np.int64), (), None, MinHasher()))
    with pytest.raises(SidecarMismatch, match="without URLs"):
        deduplicate([part], DedupSettings(near=False, url=True), str(tmp_path / "out"), run_all)


def test_texts_without_words_are_never_near_duplicates(dedup: Dedup) -> None:
    """Texts without tokens are dropped as copies only."""
    drops, _ = dedup([Document("a", "!!"), Document("b", "??"), Document("c", ""), Document("d", "", 1)])
    assert drops == [Drop("d", "exact_duplicate", "c", 1.0)]


def test_every_drop_has_a_kept_twin_and_no_twins_are_kept(dedup: Dedup) -> None:
    """Against all pairs: each drop is verified, and similar pairs do not both stay."""
    documents = family(range(20))
    drops, result = dedup(documents[:70], documents[70:])
    sets = shingle_sets(pa.array([document.text for document in documents]))
    place = {document.name: i for i, document in enumerate(documents)}
    dropped = {drop.name for drop in drops}
    assert result.counts["near_duplicate"] > 20
    for drop in drops:
        similarity = sets.similarity(place[drop.name], place[drop.duplicate_of])
        assert drop.duplicate_of not in dropped
        assert similarity >= 0.7
        assert drop.similarity == np.float32(similarity)
    kept = [i for i, document in enumerate(documents) if document.name not in dropped]
    assert not any(sets.similarity(i, j) >= 0.7 for i in kept for j in kept if i < j)


def kinds(folder: Path) -> set[str]:
    """Return the kinds of tasks that left a report in *folder*."""
    return {path.name.partition("-")[0] for path in folder.glob("*Task-*.json")}


def test_parts_shares_and_executor_do_not_matter(tmp_path: Path) -> None:
    """Other orders of parts and tasks, and other shares and verify tasks, give the same verdict bytes."""
    documents = family(range(12)) + [Document(f"copy{i}", variant(words(i), 0, 0), 5) for i in range(12)]
    documents += [replace(document, rank=document.rank + 1) for document in documents[::9]]
    groups = [documents[i::30] for i in range(30)]
    files = [write_part(tmp_path, group) for group in groups]

    def backwards(tasks: Sequence[Task[R]], /) -> list[R]:
        return run_all(list(reversed(tasks)))

    first = deduplicate(files, NEAR, str(tmp_path / "one"), run_all)
    small = replace(NEAR, **TINY)
    second = deduplicate(files[::-1], small, str(tmp_path / "two"), backwards)
    assert kinds(tmp_path / "one") == {"GroupTask", "CandidateTask", "ConnectTask", "VerifyTask", "VerdictTask"}
    assert kinds(tmp_path / "two") >= {"RouteTask", "MergeTask", "BandTask", "StarTask", "ShipTask", "FollowTask"}
    assert len(list((tmp_path / "two").glob("VerifyTask-*.drops"))) > 1
    assert first.counts == second.counts
    assert {part: Path(path).name for part, path in first.verdicts.items()} == {
        part: Path(path).name for part, path in second.verdicts.items()
    }
    for part, path in first.verdicts.items():
        assert Path(path).read_bytes() == Path(second.verdicts[part]).read_bytes()


def test_cutting_documents_into_other_parts_keeps_the_same(dedup: Dedup) -> None:
    """The same documents in other parts lose the same ones to the same survivors."""
    documents = family(range(10))
    shuffled = random.Random(3).sample(documents, len(documents))
    assert dedup(documents)[0] == dedup(shuffled[:11], shuffled[11:50], shuffled[50:])[0]


def test_a_repeat_runs_nothing(tmp_path: Path) -> None:
    """Where all outputs stand, no task is executed and the result is the same."""
    files = [write_part(tmp_path, family(range(3)))]
    first = deduplicate(files, NEAR, str(tmp_path / "out"), run_all)
    executed: list[Any] = []

    def record(tasks: Sequence[Task[R]], /) -> list[R]:
        executed.extend(tasks)
        return run_all(tasks)

    run = partial(Stages(record), "dedup")
    assert deduplicate(files, NEAR, str(tmp_path / "out"), run) == first
    assert executed == []


def test_a_lost_task_is_an_error(tmp_path: Path) -> None:
    """A report that does not arrive fails the stage."""
    files = [write_part(tmp_path, family([1]))]
    with pytest.raises(StageLost, match="did not report"):
        deduplicate(files, NEAR, str(tmp_path / "out"), lambda tasks: run_all(tasks[1:]))


@pytest.mark.parametrize("documents", [100, 3])
def test_signatures_of_other_parameters_are_refused(tmp_path: Path, documents: int) -> None:
    """Parts signed with other parameters cannot be compared, whoever looks at them."""
    files = [write_part(tmp_path, family([1]))]
    with pytest.raises(SidecarMismatch, match="other parameters"):
        deduplicate(files, DedupSettings(seed=2, task_documents=documents), str(tmp_path / "out"), run_all)
    assert kinds(tmp_path / "out") == ({"CheckTask"} if documents == 3 else set())


def test_a_file_that_is_no_sidecar_is_refused(tmp_path: Path) -> None:
    """Other bytes are not read as a sidecar."""
    path = tmp_path / "x.dedup"
    path.write_bytes(b"something else entirely")
    with pytest.raises(SidecarMismatch, match="not a sidecar"):
        Sidecar(str(path))


@pytest.mark.parametrize(
    ("settings", "reasons"),
    [
        (replace(NEAR, near=False), {"exact_duplicate", "repeated_record"}),
        (replace(NEAR, near=False, exact=False), {"repeated_record"}),
        (replace(NEAR, verify="signature"), {"exact_duplicate", "repeated_record", "near_duplicate"}),
    ],
)
def test_what_is_looked_for_is_a_setting(dedup: Dedup, settings: DedupSettings, reasons: set[str]) -> None:
    """Near-duplicates and copies are optional, repeated records are not; estimates may stand for texts."""
    documents = [*family(range(3)), *family(range(1)), Document("copy", " ".join(words(0)), 4)]
    assert {drop.reason for drop in dedup(documents, settings=settings)[0]} == reasons


def test_nothing_gives_nothing(tmp_path: Path) -> None:
    """No parts, and parts without duplicates, have no verdict files."""
    assert deduplicate([], NEAR, str(tmp_path / "out"), run_all).verdicts == {}
    files = [write_part(tmp_path, [Document("a", "one"), Document("b", "two")])]
    assert deduplicate(files, NEAR, str(tmp_path / "out"), run_all).verdicts == {}


def test_parts_may_stand_behind_a_url(tmp_path: Path) -> None:
    """Parts and outputs in a store that cannot be mapped give the same verdicts."""
    documents = family(range(4))
    names = []
    for folder in (str(tmp_path), "memory://store"):
        files = [write_part(folder, documents[:20]), write_part(folder, documents[20:])]
        result = deduplicate(files, NEAR, f"{folder}/dedup", run_all)
        names.append({part: Path(path).name for part, path in result.verdicts.items()})
    assert names[0] == names[1] != {}


def test_crowds_cost_linear_pairs(dedup: Dedup) -> None:
    """20,000 identical and 5,000 template pages make at most nine pairs per page and band, and one survivor each."""
    template = words(9, 200)
    pages = [Document(f"t{i}", " ".join([*template, f"n{i}"])) for i in range(5_000)]
    same = [Document(f"s{i}", "the same page") for i in range(20_000)]
    drops, result = dedup(same, pages)
    assert result.counts["exact_duplicate"] == 19_999
    assert result.counts["near_duplicate"] == 4_999
    assert result.counts["candidates"] < 21 * 9 * 5_000 / 4
    assert len({drop.duplicate_of for drop in drops}) == 2


def test_crowded_buckets_find_what_small_ones_do(dedup: Dedup) -> None:
    """Clusters in buckets above the limit for all pairs lose the same documents as a walk over all pairs would."""
    documents = [
        Document(f"{seed}/{i}", variant([*words(50), *words(seed, 30)], i, 1))
        for seed in range(3)
        for i in range(SMALL)
    ]
    drops, _ = dedup(documents, settings=replace(NEAR, threshold=0.5))
    sets = shingle_sets(pa.array([document.text for document in documents]))
    dropped = {drop.name for drop in drops}
    kept = [i for i, document in enumerate(documents) if document.name not in dropped]
    twins = sum(sets.similarity(i, j) >= 0.5 for i in kept for j in kept if i < j)
    assert len(drops) > 100
    assert twins == 0


def test_tasks_are_named_by_what_they_read(tmp_path: Path) -> None:
    """In another folder the tasks have the same names; with other settings those they concern have others."""
    seen: dict[str, set[str]] = {}
    for out, settings in {"a": NEAR, "b": NEAR, "c": replace(NEAR, threshold=0.8)}.items():
        files = [write_part(tmp_path / out, family([1]))]
        names = seen.setdefault(out, set())

        def note(tasks: Sequence[Task[R]], names: set[str] = names) -> list[R]:
            names.update(f"{type(task).__name__} {task.id}" for task in tasks)
            return run_all(tasks)

        deduplicate(files, settings, str(tmp_path / out / "dedup"), note)
    assert seen["a"] == seen["b"]
    assert {name.split()[0] for name in seen["a"] & seen["c"]} == {"GroupTask"}


def grow(
    folder: Path, groups: Sequence[Sequence[Document]], settings: DedupSettings, *, older: bool = False
) -> tuple[set[str], list[Drop]]:
    """Take *groups* in one after another, each against the indexes of those before; return the kept and the drops.

    Indexes are as this release makes them, or every second one as an *older* one did.
    """
    earlier: list[PartFile] = []
    everyone = [document for group in groups for document in group]
    kept, drops = {document.name for document in everyone}, []
    for epoch, group in enumerate(groups):
        part, out = write_part(folder, group), f"{folder}/{epoch}"
        result = deduplicate([*earlier, part], settings, out, run_all)
        mine = read_drops(result, {part.name: group}, everyone)
        drops += mine
        kept -= {drop.name for drop in mine}
        (report,) = run_all(
            [IndexTask((part,), (result.verdicts.get(part.name),), None, settings.index, None, out, out)]
        )
        assert report.file is not None
        if older and epoch % 2 == 0:
            as_before(report.file.path, part)
        earlier.append(PartFile(report.file.path.removesuffix(".index"), report.file.rows, report.file.bytes, epoch))
        Path(f"{part.path}.dedup").unlink()  # later increments must do with the index
    return kept, drops


def as_before(path: str, part: PartFile) -> None:
    """Write the index at *path* as earlier releases did: signatures, as rows and as columns, and sets of the kept."""
    with Sidecar(path) as index, Sidecar(f"{part.path}.dedup") as sidecar:
        new = ("signed", "bands", "sketch", "set_offsets", "sets")
        held = {name: index.read(name) for name in index.header["sections"] if name not in new}
        signatures = sidecar.read("signature")
        if "sets" in sidecar.header["sections"]:
            sets = sidecar.take_sets(np.arange(len(sidecar)))
            kept = np.flatnonzero(held["code"] == STAYED)
            sizes = np.zeros(len(sidecar), np.int64)
            sizes[kept] = np.diff(sets.offsets)[kept]
            held |= {"set_offsets": np.append(0, np.cumsum(sizes)), "sets": sets.take(kept).hashes}
        settings = {"rows": len(sidecar), "checksum": sidecar.header["checksum"]}
    write_sections(path, {**held, "signature": signatures, "values": signatures.T}, settings)


def in_turns(documents: Sequence[Document], count: int) -> list[list[Document]]:
    """Deal documents out; those dealt earlier are preferred by rank too."""
    return [[replace(d, rank=d.rank + 10 * i) for d in documents[i::count]] for i in range(count)]


@pytest.mark.parametrize(
    "settings",
    [
        NEAR,
        replace(NEAR, verify="signature"),
        replace(NEAR, task_text=3_000),
        replace(NEAR, threshold=0.8, **TINY | {"task_documents": 300}),
        replace(NEAR, threshold=0.8, verify="signature", **TINY | {"task_documents": 300}),
    ],
)
@pytest.mark.parametrize("older", [False, True])
def test_five_increments_keep_what_one_run_keeps(
    tmp_path: Path, dedup: Dedup, settings: DedupSettings, older: bool
) -> None:
    """Shard by shard against the index, without the older texts, the kept set and every drop are those of one run."""
    documents = family(range(24)) + [Document(f"copy{i}", variant(words(i), i % 3, i % 4), 5) for i in range(24)]
    documents += [Document(f"t{i}", " ".join([*words(77, 200), f"n{i}"])) for i in range(3 * SMALL)]
    groups = in_turns(random.Random(5).sample(documents, len(documents)), 5)
    kept, drops = grow(tmp_path, groups, settings, older=older)
    at_once, result = dedup(*groups, settings=settings)
    assert result.counts["near_duplicate"] > 50
    assert sorted(drops, key=lambda drop: drop.name) == sorted(at_once, key=lambda drop: drop.name)
    assert kept == {document.name for document in documents} - {drop.name for drop in at_once}


ROUTED = replace(URL, **TINY | {"task_documents": 2})
"""As URL, and however few documents there are, they are routed."""


@pytest.mark.parametrize("settings", [URL, ROUTED])
def test_records_of_earlier_versions_are_known(tmp_path: Path, settings: DedupSettings) -> None:
    """A record read again, one with a known id, a copy of a dropped copy and of a near-duplicate name the old one."""
    near, page = variant(words(1), 5, 1), "http://x.example/"
    old = [Document("best", " ".join(words(1)), url=page), Document("near", near, 1)]
    old += [Document("copy", " ".join(words(1)), 2), Document("capture", "yesterday", 3, page)]
    new = [old[0], Document("copy", "another text", 1), Document("late", near), Document("own", " ".join(words(2)))]
    new += [replace(old[1], rank=4), replace(old[3], rank=4)]
    kept, drops = grow(tmp_path, [old, new], settings)
    found = {(drop.name, drop.reason, drop.duplicate_of) for drop in drops[3:]}
    assert found == {
        ("best", "repeated_record", "best"),
        ("capture", "repeated_record", "best"),
        ("copy", "id_conflict", "best"),
        ("late", "near_duplicate", "best"),
        ("near", "repeated_record", "best"),
    }
    assert "own" in kept


@pytest.mark.parametrize("settings", [URL, ROUTED])
@pytest.mark.parametrize("names", ["ab", "ba"])
def test_a_record_that_an_earlier_version_read_twice_is_known(
    tmp_path: Path, settings: DedupSettings, names: str
) -> None:
    """Read a third time, it is dropped for the one that stayed, whichever of the two index files is the first."""
    twice, out = Document("twice", "the same"), str(tmp_path / "old")
    parts = [write_part(tmp_path, [twice, Document(other, other)]) for other in ("one", "two")]
    verdicts = deduplicate(parts, settings, out, run_all).verdicts
    assert len(verdicts) == 1
    earlier = []
    for part in parts:
        (report,) = run_all([IndexTask((part,), (verdicts.get(part.name),), None, settings.index, None, out, out)])
        assert report.file is not None
        path = tmp_path / names[part.name in verdicts]
        Path(report.file.path).rename(f"{path}.index")
        earlier.append(PartFile(str(path), part.rows, part.bytes, 1))
    new = write_part(tmp_path, [twice])
    result = deduplicate([*earlier, new], settings, str(tmp_path / "new"), run_all)

    assert read_drops(result, {new.name: [twice]}) == [Drop("twice", "repeated_record", "twice", 1.0)]


def test_an_index_of_other_parameters_is_refused(tmp_path: Path) -> None:
    """Signatures of an earlier version that were made otherwise are not compared."""
    part = write_part(tmp_path, family([1]))
    (report,) = run_all([IndexTask((part,), (None,), None, NEAR.index, None, str(tmp_path), str(tmp_path))])
    assert report.file is not None
    earlier = PartFile(report.file.path.removesuffix(".index"), part.rows, part.bytes, 1)
    with pytest.raises(SidecarMismatch, match="other parameters"):
        deduplicate([earlier], replace(NEAR, num_perm=64), str(tmp_path / "out"), run_all)
