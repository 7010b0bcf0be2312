"""What a version's ledger says of its duplicates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from lineage.control.runs import Run, start_run
from lineage.control.versions import Version, save_version
from lineage.errors import DamagedFile, UnknownReference
from lineage.hub import Hub
from lineage.questions.clusters import Cluster, Template
from lineage.questions.duplicates import Duplicates, Most, Pair, RecordCounts, duplicates
from lineage.references import VersionRef
from lineage.storage.parquet import write_ledger
from lineage.storage.tables import LEDGER

FRUIT = VersionRef("fruit")

Row = Mapping[str, Any]
Record = Callable[..., None]


def row(doc: int, outcome: str = "kept", reason: str | None = None, **more: Any) -> Row:
    """Return a ledger row of document *doc*; its host has its own name unless *more* gives a uri."""
    base = {"doc_id": f"{doc:032x}", "seq": 0, "uri": f"https://host-{doc}.example/", "source": "orchard"}
    return {**base, "outcome": outcome, "reason": reason, **more}


def near(doc: int, survivor: int, similarity: float | None = 0.9, **more: Any) -> Row:
    """Return the row of a near-duplicate."""
    twin = {"duplicate_of": f"{survivor:032x}", "similarity": similarity}
    return row(doc, "dropped", more.pop("reason", "near_duplicate"), **twin, **more)


def exact(doc: int, survivor: int, **more: Any) -> Row:
    """Return the row of an exact duplicate."""
    return near(doc, survivor, 1.0, reason="exact_duplicate", **more)


@pytest.fixture
def record(hub: Hub) -> Record:
    """Return a function that records a version of fruit with the ledger files that it is given as lists of rows."""

    def make(*files: Iterable[Row]) -> None:
        folder = hub.home.data_folder("fruit", "ledger")
        written = [write_ledger(pa.Table.from_pylist([*rows], LEDGER), folder) for rows in files]
        ledger = [replace(file, path=hub.home.relative(file.path)) for file in written]
        start_run(hub.db, Run("r", "fruit", "[dataset]", "c" * 64, "d" * 64, "0.1"))
        version = Version("fruit", 1, "r", None, "", "", 0, 0, {}, {}, {}, "c" * 64, 0, 0)
        save_version(hub.db, version, {"ledger": ledger})

    return make


def sizes(report: Duplicates) -> dict[str, tuple[int, int]]:
    """Return clusters and dropped documents by class of size, where there are any."""
    return {one.size: (one.clusters, one.dropped) for one in report.clusters.sizes if one.clusters}


def numbers(pairs: Iterable[Pair]) -> list[tuple[int, int, float]]:
    """Return *pairs* by the numbers of their documents."""
    return [(int(one.doc_id, 16), int(one.duplicate_of, 16), round(one.similarity or 0, 6)) for one in pairs]


def test_counts_balance_and_name_every_reason(hub: Hub, record: Record) -> None:
    """Read is kept, dropped and failed; each known reason is counted, and any other that names a survivor."""
    record(
        [
            row(1),
            row(1, "changed", "pii_scrubbed", seq=1),
            near(2, 1),
            exact(3, 1),
            near(4, 1, reason="url_duplicate", similarity=None),
            row(5, "dropped", "gopher_too_few_words"),
            row(6, "failed", "truncated"),
        ]
    )
    report = duplicates(hub, FRUIT)

    assert report.counts == RecordCounts(read=6, kept=1, dropped=4, failed=1)
    assert report.reasons == {
        "exact_duplicate": 1,
        "near_duplicate": 1,
        "url_duplicate": 1,
        "id_conflict": 0,
        "repeated_record": 0,
        "revisit": 0,
    }


@pytest.mark.parametrize(
    ("dropped", "size"),
    [(1, "2"), (2, "3"), (3, "4"), (4, "5-9"), (8, "5-9"), (9, "10-99"), (98, "10-99"), (99, "100+"), (250, "100+")],
)
def test_clusters_are_classed_by_size(hub: Hub, record: Record, dropped: int, size: str) -> None:
    """A cluster's size is its survivor and all dropped for it."""
    record([row(0), *(near(doc, 0) for doc in range(1, dropped + 1))])

    assert sizes(duplicates(hub, FRUIT)) == {size: (1, dropped)}


def test_largest_clusters_come_first(hub: Hub, record: Record) -> None:
    """Clusters are named by size, with survivor, members by reason, and mean and least similarity."""
    record([row(1), row(2), exact(3, 2), near(4, 2, 0.8), near(5, 2, 0.9), near(6, 1, 0.85)])
    largest = duplicates(hub, FRUIT).clusters.largest

    assert [int(one.doc_id, 16) for one in largest] == [2, 1]
    assert replace(largest[0], mean_similarity=None, least_similarity=None) == Cluster(
        doc_id=f"{2:032x}",
        kept=True,
        size=4,
        mean_similarity=None,
        least_similarity=None,
        uri="https://host-2.example/",
        source="orchard",
        members={"near_duplicate": 2, "exact_duplicate": 1},
    )
    assert largest[0].mean_similarity == pytest.approx(0.9, abs=1e-6)
    assert largest[0].least_similarity == pytest.approx(0.8, abs=1e-6)
    assert len(duplicates(hub, FRUIT, most=Most(clusters=1)).clusters.largest) == 1


def test_revisits_are_counted_without_making_clusters(hub: Hub, record: Record) -> None:
    """A revisit repeats a capture whatever became of it: it is no member, and no orphan where that was dropped."""
    record([row(1, "dropped", "c4_lorem_ipsum"), near(2, 1, None, reason="revisit")])
    report = duplicates(hub, FRUIT)

    assert report.reasons["revisit"] == 1
    assert report.clusters.number == 0
    assert report.ok


def test_records_read_twice_belong_to_their_own_cluster(hub: Hub, record: Record) -> None:
    """Copies under one doc_id count as dropped for the one that was kept under it."""
    record([row(1), near(1, 1, 1.0, reason="repeated_record", seq=1), near(1, 1, None, reason="id_conflict", seq=2)])
    report = duplicates(hub, FRUIT)

    assert sizes(report) == {"3": (1, 2)}
    assert report.clusters.largest[0].kept
    assert report.counts == RecordCounts(read=3, kept=1, dropped=2, failed=0)


def test_templates_are_clusters_on_one_host(hub: Hub, record: Record) -> None:
    """Hosts are compared without letter case, path and query; a member elsewhere, or nowhere, is no template."""
    shop = [f"HTTPS://Shop.example{rest}" for rest in ("", "/a", "?b", "#c", "/d/e", "/f")]
    record(
        [
            *(row(doc, uri=uri) for doc, uri in enumerate(shop[:2])),
            *(near(doc, doc % 2, uri=uri) for doc, uri in enumerate(shop[2:], 2)),
            row(10),
            near(11, 10),
            row(12, uri=shop[0]),
            near(13, 12, uri=None),
            row(14, uri="no-address"),
            near(15, 14, uri="no-address"),
            row(16, uri="http://b.example/"),
            near(17, 16, uri="http://b.example/x"),
        ]
    )

    assert duplicates(hub, FRUIT).templates == (
        Template(host="shop.example", clusters=2, dropped=4, largest=3),
        Template(host="b.example", clusters=1, dropped=1, largest=2),
    )


def test_each_hundredth_falls_into_its_own_bin(hub: Hub, record: Record) -> None:
    """A similarity of exactly i/100 is in bin i, though stored as a 32-bit float; 1.0 is in the last bin."""
    record([row(999), *(near(hundredth, 999, hundredth / 100) for hundredth in range(101))])
    similarity = duplicates(hub, FRUIT).similarity

    assert list(similarity.counts) == [1] * 99 + [2]
    assert similarity.pairs == 101


def test_similarities_are_counted_by_source(hub: Hub, record: Record) -> None:
    """Each source has bins of its own for the near-duplicates dropped from it; exact ones take no part."""
    record([row(1), near(2, 1, 0.805), near(3, 1, 0.807, source="field"), near(4, 1, 0.99, source=None), exact(5, 1)])
    similarity = duplicates(hub, FRUIT).similarity

    assert {name: counts.index(1) for name, counts in similarity.by_source.items()} == {
        "orchard": 80,
        "field": 80,
        "unknown": 99,
    }
    assert (similarity.counts[80], similarity.counts[99], similarity.pairs) == (2, 1, 3)


def test_doubtful_pairs_are_those_closest_to_the_threshold(hub: Hub, record: Record) -> None:
    """Closest come first, others make the sample, none is named twice, and both addresses are given."""
    record([row(1), near(2, 1, 0.99), near(3, 1, 0.81), near(4, 1, 0.8), near(5, 1, 0.95), exact(6, 1)])
    report = duplicates(hub, FRUIT, 0.8, Most(pairs=2))

    assert numbers(report.pairs.doubtful) == [(4, 1, 0.8), (3, 1, 0.81)]
    assert numbers(report.pairs.sample) == [(2, 1, 0.99), (5, 1, 0.95)]
    assert report.pairs.doubtful[0].uri == "https://host-4.example/"
    assert report.pairs.doubtful[0].survivor_uri == "https://host-1.example/"
    assert numbers(duplicates(hub, FRUIT, 0.96, Most(pairs=1)).pairs.doubtful) == [(5, 1, 0.95)]


def test_orphans_are_told_by_what_became_of_their_survivors(hub: Hub, record: Record) -> None:
    """Duplicates of a document that was dropped in turn, or that the version never met, make the answer no."""
    record(
        [
            row(1, "dropped", "pii_found"),
            near(1, 1, 1.0, reason="repeated_record", seq=1),
            near(2, 1),
            exact(3, 1),
            near(4, 99),
            row(5),
            near(6, 5),
        ]
    )
    report = duplicates(hub, FRUIT)

    assert not report.ok
    assert report.orphans.documents == 3
    assert report.orphans.by_fate == {"pii_found": 2, "not_read": 1}
    assert [(int(one.doc_id, 16), one.survivor_uri) for one in report.orphans.examples] == [
        (2, "https://host-1.example/"),
        (3, "https://host-1.example/"),
        (4, None),
    ]
    assert [one.kept for one in report.clusters.largest] == [False, True, False]


def random_rows(seed: int) -> list[Row]:
    """Return the rows of a few hundred documents, among them clusters of many sizes."""
    dice = Random(seed)
    documents = [dice.getrandbits(128) for _ in range(400)]
    rows = [row(doc, uri=f"https://h{dice.randrange(4)}.example/{doc}") for doc in documents[:60]]
    for doc in documents[60:]:
        make = dice.choice([near, exact])
        rows.append(
            make(doc, documents[int(dice.paretovariate(0.7)) % 60], uri=f"https://h{dice.randrange(4)}.example")
        )
    return rows


def expected(rows: Sequence[Row]) -> tuple[Counter[int], Counter[str]]:
    """Count clusters by size, and dropped documents of one-host clusters by host, in plain Python."""
    hosts = {one["doc_id"]: one["uri"].split("/")[2] for one in rows}
    members: dict[str, list[str]] = defaultdict(list)
    for one in rows:
        if one["outcome"] == "dropped":
            members[one["duplicate_of"]].append(one["doc_id"])
    templates: Counter[str] = Counter()
    for survivor, dropped in members.items():
        if {hosts[doc] for doc in dropped} == {hosts[survivor]}:
            templates[hosts[survivor]] += len(dropped)
    return Counter(len(dropped) + 1 for dropped in members.values()), templates


@pytest.mark.parametrize("seed", range(5))
def test_report_agrees_with_plain_counting(hub: Hub, record: Record, seed: int) -> None:
    """Clusters and templates of a random ledger are those that a dictionary finds."""
    rows = random_rows(seed)
    record(rows)
    report = duplicates(hub, FRUIT, most=Most(clusters=1000))
    by_size, templates = expected(rows)

    assert Counter(one.size for one in report.clusters.largest) == by_size
    assert report.clusters.number == by_size.total()
    assert {one.host: one.dropped for one in report.templates} == templates


def test_report_does_not_depend_on_files_or_shares(hub: Hub, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the ledger is cut into files, and its survivors into shares, the report is the same."""
    rows = random_rows(7)
    record(rows)
    whole = duplicates(hub, FRUIT, 0.8)
    record(rows[0::3], rows[1::3], rows[2::3])
    monkeypatch.setattr("lineage.questions.clusters.SHARE_ROWS", 9)

    assert duplicates(hub, FRUIT, 0.8) == whole


def test_empty_version_has_no_duplicates(hub: Hub, record: Record) -> None:
    """A version without a ledger row answers with zeros."""
    record()
    nothing = duplicates(hub, FRUIT)

    assert nothing.ok
    assert nothing.counts == RecordCounts(read=0, kept=0, dropped=0, failed=0)
    assert (sizes(nothing), nothing.similarity.pairs, nothing.orphans.documents) == ({}, 0, 0)


def test_what_cannot_be_answered_is_an_error(hub: Hub, record: Record) -> None:
    """An unknown version and a missing ledger file are told, not reported as free of duplicates."""
    with pytest.raises(UnknownReference):
        duplicates(hub, FRUIT)
    record([row(1), near(2, 1)])
    for path in Path(hub.home.data_folder("fruit", "ledger")).iterdir():
        path.unlink()
    with pytest.raises(DamagedFile, match="verify"):
        duplicates(hub, FRUIT)
