"""Site files are read from archives and folders into one table, and captures get what they say."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pyarrow as pa
import pytest
from protego import Protego

from connectors.errors import MissingSource, UnreadableSource
from connectors.streams.files import DigestedFile
from pipelines.rights.finders import SiteFinder
from pipelines.rights.site_files import CollectedSites, SiteFilesTask, open_sites
from pipelines.rights.sites import consent_evidence, content_evidence
from policies.consent.registries import Registries, load_registry
from policies.consent.robots import RobotsFile, decode
from policies.rights.evidence import Evidence

DENY = b"User-agent: *\nDisallow: /private\n"
DATE = "2024-01-02T03:04:05Z"
Builder = Callable[..., bytes]


def source_of(path: str, name: str = "") -> DigestedFile:
    """Describe a file."""
    content = Path(path).read_bytes()
    return DigestedFile(path, name or Path(path).name, len(content), hashlib.sha256(content).hexdigest())


def strings(*values: str | None) -> pa.Array:
    """Return a column of strings."""
    return pa.array(values, pa.string())


def robots(evidence: list[Evidence]) -> set[str]:
    """Return the distinct answers of robots.txt."""
    return {str(one.meaning) for one in evidence if one.name.startswith("robots:")}


def micros(text: str) -> int:
    """Return a date as microseconds since 1970."""
    return int(pa.scalar(text.replace("Z", "")).cast(pa.timestamp("us")).value)


def test_archive_becomes_a_table(tmp_path: Path, warc: Callable[..., str], response: Builder, revisit: Builder) -> None:
    """Responses and revisits of known bodies are kept, with status and time; other files are counted and left out."""
    path = warc(
        [
            response("https://a.org/robots.txt", DENY, DATE),
            response("https://b.org/robots.txt", b"gone", DATE, "404 Not Found"),
            revisit("https://c.org/robots.txt", body=DENY),
            revisit("https://d.org/robots.txt", of=("https://a.org/robots.txt", DATE)),
            revisit("https://e.org/robots.txt", body=b"never seen"),
            response("https://a.org/page", b"page", DATE),
            response("https://a.org/terms", b'<rsl xmlns="https://rslstandard.org/rsl"/>', DATE),
        ]
    )
    task = SiteFilesTask((source_of(path),), str(tmp_path / "out"))
    report = task.run()
    sites = open_sites(task.table_path)
    later = micros("2025-01-01T00:00:00Z")

    assert (report.records, report.origins, report.bodies) == (6, 5, 2)
    assert report.passed_over == {"another file": 1, "revisit of a body that is not there": 1}
    said = {host: robots(sites.site_evidence(f"https://{host}.org/private", later)) for host in "abcde"}
    assert said == {"a": {"deny"}, "b": {"allow"}, "c": {"deny"}, "d": {"deny"}, "e": {"unknown"}}
    assert task.run() == report


def test_redirects_are_kept_with_their_ends(tmp_path: Path, warc: Callable[..., str], response: Builder) -> None:
    """A robots.txt that leads to another host, or to a file of another name, is followed over what is archived."""

    def moved(host: str, target: str) -> bytes:
        return response(f"https://{host}.org/robots.txt", b"", DATE, "301 Moved\r\nLocation: " + target)

    path = warc(
        [
            response("https://cdn.org/files/r.txt", DENY, DATE),
            moved("a", "https://b.org/robots.txt"),
            moved("c", "//cdn.org/files/r.txt"),
            moved("d", "https://d.org/step"),
            moved("e", "/login"),
            response("https://b.org/robots.txt", DENY, DATE),
            response("https://d.org/step", b"", DATE, "302 Found\r\nLocation: https://cdn.org/files/r.txt"),
            response("https://e.org/login", b"<html><p>Please log in", DATE),
            moved("f", "https://gone.org/robots.txt"),
        ]
    )
    task = SiteFilesTask((source_of(path),), str(tmp_path / "out"))
    task.run()
    sites = open_sites(task.table_path)
    said = {host: robots(sites.site_evidence(f"https://{host}.org/private", None)) for host in "acdef"}

    assert said == {"a": {"deny"}, "c": {"deny"}, "d": {"deny"}, "e": {"unknown"}, "f": {"unknown"}}


def test_folder_of_files(tmp_path: Path) -> None:
    """Files of a folder tell host and path by their names, and hold for both schemes at any time."""
    names = ["a.org.txt", "b.org/robots.txt", "b.org/ai.txt", "c.org/.well-known/tdmrep.json", "d.org/tdmrep.json"]
    sources = []
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(DENY if name.endswith(".txt") else b'[{"location": "/", "tdm-reservation": 1}]')
        sources.append(source_of(str(path), f"robots/{name}"))
    task = SiteFilesTask(tuple(sources), str(tmp_path / "out"))
    sites = (task.run(), open_sites(task.table_path))[1]
    said = {
        host: {(one.kind, one.meaning) for one in sites.site_evidence(f"http://{host}.org/private", 0)}
        for host in "abcd"
    }

    assert said["a"] == {("robots", "deny")}
    assert said["b"] == {("robots", "deny"), ("ai-txt", "deny")}
    assert said["c"] == said["d"] == {("tdmrep", "deny")}


@pytest.mark.parametrize("name", ["robots.txt", "hostless/robots.txt", "notes.txt", "hostless.txt"])
def test_name_must_tell_the_host(tmp_path: Path, name: str) -> None:
    """A file whose name has no host in it is refused by its name."""
    (tmp_path / "x").write_bytes(DENY)
    with pytest.raises(UnreadableSource, match=name):
        SiteFilesTask((source_of(str(tmp_path / "x"), name),), str(tmp_path / "out")).run()


def test_task_is_named_by_content(tmp_path: Path, warc: Callable[..., str], response: Builder) -> None:
    """Order and place leave the name and the bytes, other content changes it; a lost file is missing."""
    paths = [warc([response(f"https://{host}.org/robots.txt", DENY)], f"{host}.warc") for host in "ab"]
    one, two = map(source_of, paths)
    first = SiteFilesTask((one, two), str(tmp_path / "out"))
    second = SiteFilesTask((two, one), str(tmp_path / "elsewhere"))
    first.run()
    second.run()

    assert first.id == second.id
    assert first.id != SiteFilesTask((one,), "out").id
    assert Path(first.table_path).read_bytes() == Path(second.table_path).read_bytes()
    Path(paths[0]).unlink()
    with pytest.raises(MissingSource, match=r"a\.warc"):
        SiteFilesTask((one,), str(tmp_path / "again")).run()


def test_batch_gets_all_signals(tmp_path: Path, warc: Callable[..., str], response: Builder) -> None:
    """Header, site and registry speak of a capture; RSL terms that a header names are read; nulls have no evidence."""
    terms = b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">ai-train'
    terms += b"</prohibits></license></content></rsl>"
    path = warc([response("https://a.org/robots.txt", DENY), response("https://a.org/l.xml", terms)])
    task = SiteFilesTask((source_of(path),), str(tmp_path / "out"))
    task.run()
    (tmp_path / "out.hosts").write_text("b.org\n", encoding="utf-8")
    registries = Registries([load_registry(tmp_path / "out.hosts")])
    uris = strings("https://a.org/x", "https://b.org/x", None, "https://a.org/x", "https://z.org/")
    link = 'link: <https://a.org/l.xml>; rel="license"; type="application/rsl+xml"\n'
    headers = strings(link + "x-robots-tag: noai\n", None, "tdm-reservation: 1\n", link + "x-robots-tag: noai\n", "")
    at = pa.array([micros(DATE)] * 4 + [None], pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    found = consent_evidence(uris, at, headers, open_sites(task.table_path), registries)

    assert {(one.kind, one.name, one.meaning) for one in found[0] if one.kind != "robots"} == {
        ("x-robots-tag", "noai", "deny"),
        ("rsl", "train-ai", "deny"),
    }
    assert robots(found[0]) == {"allow"}
    assert [one.kind for one in found[1]] == ["registry"]
    assert [one.name for one in found[2]] == ["tdm"]
    assert found[3] is found[0]
    assert 4 not in found
    without = consent_evidence(uris, at, headers)
    assert [(one.name, one.meaning) for one in without[0]] == [("noai", "deny"), ("rsl", "unknown")]


def test_texts_are_looked_up_by_id(tmp_path: Path) -> None:
    """Registries of contents are asked with the bytes of content ids."""
    digest = hashlib.sha256(b"text").digest()
    (tmp_path / "a.contents").write_text(digest.hex(), encoding="utf-8")
    registries = Registries([load_registry(tmp_path / "a.contents")])
    found = content_evidence(pa.array([digest, bytes(32)], pa.binary(32)), registries)

    assert [len(one) for one in found] == [1, 0]


@pytest.fixture
def real_robots() -> str:
    """Return the archive of real robots.txt beside the checkout; skip where there is none."""
    path = Path(__file__).parents[4] / "shared" / "data" / "warc" / "BENCH-2024-robotstxt.warc.gz"
    if not path.is_file():
        pytest.skip("the real robots.txt beside the checkout are absent")
    return str(path)


def test_real_files_are_decided_as_protego_does(real_robots: str, tmp_path: Path) -> None:
    """Of every 40th real file, all decisions for three agents are protego's where a group of the file is for them."""
    task = SiteFilesTask((source_of(real_robots),), str(tmp_path / "out"))
    report = task.run()
    table = open_sites(task.table_path).table

    assert (report.records, report.passed_over) == (4231, {})
    for index in range(0, table.bodies, 40):
        file = RobotsFile(table.body(index))
        rules = Protego.parse(decode(table.body(index)))
        for agent, path in product(("GPTBot", "CCBot", "Googlebot"), ("/", "/search?q=a", "/images/a.jpg")):
            answer = "allow" if rules.can_fetch(f"https://host{path}", agent) else "deny"
            assert file.decide(agent, path) == (answer if file.readable else "unknown")
            assert file.readable or file.group_of(agent) is None


FREE = b"This is free and unencumbered software released into the public domain."


def test_a_licence_file_speaks_of_its_folder(tmp_path: Path, warc: Callable[..., str], response: Builder) -> None:
    """The nearest folder that has any decides; own words are no permission, and a page about licences is none."""
    path = warc(
        [
            response("https://r.org/o/a/main/LICENSE", FREE),
            response("https://r.org/o/a/main/vendor/COPYING", b"Ask us first."),
            response("https://r.org/o/b/LICENSE", FREE, status="404 Not Found"),
            response("https://p.org/license", b"<p>All about licences").replace(b"text/plain", b"text/html "),
        ]
    )
    task = SiteFilesTask((source_of(path),), str(tmp_path / "out"))
    task.run()
    uris = [f"https://r.org/o/a/main/{name}" for name in ("src/x.c?raw=1", "LICENSE", "vendor/deep/y.c")]
    uris += ["https://r.org/o/a/other/x.c", "https://r.org/o/b/x.c", "https://p.org/page"]
    none = pa.nulls(len(uris), pa.string())
    times = none.cast(pa.timestamp("us", tz="UTC"))
    found = consent_evidence(strings(*uris), times, none, open_sites(task.table_path))

    assert [[(one.kind, one.scope, one.meaning) for one in found.get(row, [])] for row in range(len(uris))] == [
        [("license-file", "site", "Unlicense")],
        [("license-file", "site", "Unlicense")],
        [("license-file", "site", None)],
        [],
        [],
        [],
    ]


def test_a_finder_travels_without_its_list_of_files() -> None:
    """What looks addresses up is as small for a hundred thousand files as for one, and means the same."""
    files = tuple(DigestedFile(f"/crawl/{at}.warc.gz", f"{at}.warc.gz", 1, f"{at:064}") for at in range(100_000))
    finder = SiteFinder(SiteFilesTask(files, "out"))
    travelled = pickle.loads(pickle.dumps(finder))

    assert len(pickle.dumps(finder)) < 1024
    assert travelled.settings() == finder.settings()
    assert finder.sites is not None
    assert travelled.sites == CollectedSites(finder.sites.id, finder.sites.table_path)
