"""The quickstart corpus: made twice it is the same, and it holds what its contents.json says."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
import sys
import tomllib
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import brotli
import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from corpushub import make_example
from corpushub.errors import BadFileName

BROKEN = {"broken_coding", "wrong_length", "cut_end"}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, made once for all tests of this module."""
    out = tmp_path_factory.mktemp("quickstart")
    make_example(out)
    return out


@pytest.fixture(scope="module")
def corpus(example: Path) -> Path:
    """Its corpus."""
    return example / "corpus"


@pytest.fixture(scope="module")
def contents(corpus: Path) -> dict[str, Any]:
    """What the generator says it planted."""
    loaded: dict[str, Any] = json.loads((corpus / "contents.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def captures(corpus: Path) -> list[dict[str, Any]]:
    """Every response and revisit record that another reader (warcio) finds in the archives."""
    return [capture for path in sorted((corpus / "crawl").iterdir()) for capture in read_archive(path)]


@pytest.fixture(scope="module")
def articles(captures: list[dict[str, Any]]) -> dict[str, str]:
    """The text between the article tags of each page that has some, by address."""
    found = {}
    for capture in captures:
        match = re.search(r"<article>(.*)</article>", text_of(capture), re.DOTALL)
        if match:
            found[capture["uri"]] = re.sub(r"<[^>]+>", " ", match[1])
    return found


def read_archive(path: Path) -> list[dict[str, Any]]:
    """Read *path* as far as warcio can, with bodies as stored."""
    captures = []
    with path.open("rb") as file:
        records = ArchiveIterator(file)
        try:
            for record in records:
                if record.rec_type in ("response", "revisit"):
                    head = record.rec_headers.get_header
                    captures.append(
                        {
                            "uri": head("WARC-Target-URI"),
                            "kind": record.rec_type,
                            "status": int(record.http_headers.get_statuscode()),
                            "headers": {name.lower(): value for name, value in record.http_headers.headers},
                            "body": record.raw_stream.read(),
                        }
                    )
        except (ArchiveLoadFailed, EOFError, zlib.error):
            pass  # the planted cut end
    return captures


def text_of(capture: dict[str, Any]) -> str:
    """Decode a page: chunks, content coding, then the charset of the header or of the page itself."""
    body, headers = capture["body"], capture["headers"]
    if headers.get("transfer-encoding") == "chunked":
        body = unchunked(body)
    decode = {"gzip": gzip.decompress, "deflate": zlib.decompress, "br": brotli.decompress}
    try:
        body = decode.get(headers.get("content-encoding", ""), bytes)(body)
    except (OSError, zlib.error):
        return ""  # the planted broken bodies
    declared = re.search(rb"charset=\"?([\w-]+)", headers.get("content-type", "").encode() + body)
    return str(body.decode(declared[1].decode() if declared else "utf-8", errors="replace"))


def unchunked(body: bytes) -> bytes:
    """Join the chunks of *body*."""
    joined = b""
    while body:
        size, rest = body.split(b"\r\n", 1)
        joined, body = joined + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return joined


def shingles(text: str) -> set[tuple[str, ...]]:
    """Return the 5-token shingles of *text*, tokens as design.md section 5 defines them."""
    cjk = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    tokens = re.findall(rf"[{cjk}]|[^\W{cjk}]+", text.lower())
    return {tuple(tokens[start : start + 5]) for start in range(max(1, len(tokens) - 4))}


def jaccard(left: str, right: str) -> float:
    """Return the similarity of two texts."""
    one, other = shingles(left), shingles(right)
    return len(one & other) / len(one | other)


def records(corpus: Path) -> list[bytes]:
    """Return the lines of the JSONL files."""
    paths = sorted((corpus / "docs").iterdir())
    return [line for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_whoever_has_the_package_makes_the_same_example(example: Path, tmp_path: Path) -> None:
    """The command writes the same files, byte for byte, and imports no library that only tests have."""
    program = "import sys; sys.modules.update(warcio=None); from corpushub.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program, "example", tmp_path / "first", "--json"], capture_output=True)

    def digests(root: Path) -> dict[str, str]:
        files = (path for path in root.rglob("*") if path.is_file())
        return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    assert json.loads(done.stdout)["recipe"] == str(tmp_path / "first" / "recipe.toml"), done.stderr
    assert digests(tmp_path / "first") == digests(example)


def test_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    """Nothing of a user is written over."""
    (tmp_path / "recipe.toml").write_text("mine", encoding="utf-8")

    with pytest.raises(BadFileName, match="holds something"):
        make_example(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.toml"]


def test_stated_pages_are_in_the_archives(contents: dict[str, Any], captures: list[dict[str, Any]]) -> None:
    """Every planted address is found in the archives, but for the one behind the cut end."""
    web = {uri for members in contents["kinds"].values() for uri in members if uri.startswith("https:")}
    assert web - {capture["uri"] for capture in captures} <= set(contents["kinds"]["cut_end"])
    assert {capture["uri"] for capture in captures} <= web


def test_archives_are_of_the_stated_size(corpus: Path, captures: list[dict[str, Any]]) -> None:
    """There are three archives, and a few hundred records in all."""
    assert len(list((corpus / "crawl").iterdir())) == 3
    assert 390 <= len(captures) <= 420


def test_statuses_kinds_and_media(captures: list[dict[str, Any]]) -> None:
    """Answers that are no pages are there in the stated numbers."""
    responses = [capture for capture in captures if capture["kind"] == "response"]
    statuses = Counter(capture["status"] for capture in responses)
    assert (statuses[404], statuses[503], statuses[301]) == (6, 2, 3)
    assert len(captures) - len(responses) == 2
    assert Counter(capture["headers"]["content-type"] for capture in responses)["image/png"] == 2


def test_codings_and_charsets(captures: list[dict[str, Any]]) -> None:
    """Bodies come under each content and transfer coding, and pages in each way of declaring an encoding."""
    codings = Counter(capture["headers"].get("content-encoding") for capture in captures)
    assert min(codings[name] for name in ("gzip", "br", "deflate", None)) >= 20
    assert sum("transfer-encoding" in capture["headers"] for capture in captures) >= 20
    types = Counter(capture["headers"]["content-type"] for capture in captures)
    assert min(types[f"text/html; charset={name}"] for name in ("utf-8", "iso-8859-1", "shift_jis")) >= 20
    assert types["text/html"] >= 40


def test_licence_marks(captures: list[dict[str, Any]]) -> None:
    """Each of the four licences marks many pages, and many pages carry no mark."""
    pages = [text_of(capture) + capture["headers"].get("link", "") for capture in captures]
    for path in ("licenses/by/", "licenses/by-sa/", "licenses/by-nc/", "publicdomain/zero/"):
        assert sum(f"creativecommons.org/{path}" in page for page in pages) >= 30
    assert sum("<article>" in page and "creativecommons.org" not in page for page in pages) >= 30


def test_exact_copies_are_exact(contents: dict[str, Any], articles: dict[str, str]) -> None:
    """An exact copy has the text of its original."""
    copies = contents["kinds"]["exact_duplicate"]
    assert len(copies) == 20
    assert all(articles[copy] == articles[contents["twins"][copy]] for copy in copies)


def test_near_copies_are_near(contents: dict[str, Any], articles: dict[str, str]) -> None:
    """An edited copy differs from its original, and most copies are at similarity 0.8 or above."""
    similarities = [
        jaccard(articles[copy], articles[contents["twins"][copy]]) for copy in contents["kinds"]["near_duplicate"]
    ]
    assert 0.7 <= min(similarities) <= max(similarities) < 1.0
    assert sum(similarity >= 0.8 for similarity in similarities) >= 30


def test_unrelated_articles_are_far_apart(contents: dict[str, Any], articles: dict[str, str]) -> None:
    """Articles that were written separately are not near-duplicates of one another."""
    by_site = sorted(contents["kinds"]["article"], key=lambda uri: uri.split("/")[2])
    sets = [shingles(articles[uri]) for uri in by_site]
    closest = max(len(a & b) / len(a | b) for place, a in enumerate(sets) for b in sets[place + 1 : place + 20])
    assert closest < 0.5


def test_personal_data_are_synthetic(contents: dict[str, Any], articles: dict[str, str]) -> None:
    """Pages with personal data hold reserved domains, fictional telephone numbers and documentation addresses only."""
    pages = [articles[uri] for uri in contents["kinds"]["personal_data"]]
    found = {
        "mail": [match for page in pages for match in re.findall(r"\S+@[\w.-]*\w", page)],
        "phone": [match for page in pages for match in re.findall(r"\+1 \d{3} \d{3} \d{4}", page)],
        "address": [match for page in pages for match in re.findall(r"\d+\.\d+\.\d+\.\d+", page)],
    }
    assert min(len(matches) for matches in found.values()) >= 10
    assert all(mail.endswith(".example.org") for mail in found["mail"])
    assert all(phone.startswith("+1 212 555 01") for phone in found["phone"])
    assert all(address.startswith("192.0.2.") for address in found["address"])


def test_jsonl_records(corpus: Path, contents: dict[str, Any]) -> None:
    """The JSONL files hold 150 lines; the sound ones have every field, the broken ones are broken."""
    sound = {}
    for line in records(corpus):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record.get("text"), str):
            sound[record["id"]] = record
    assert len(records(corpus)) == 150
    assert len(records(corpus)) - len(sound) == len(contents["kinds"]["broken_line"])
    assert {"CC-BY-4.0", "MIT", "CC-BY-NC-4.0", None} <= {record["license"] for record in sound.values()}
    assert all(
        sound[copy]["text"] == sound[contents["twins"][copy]]["text"] for copy in contents["kinds"]["document_copy"]
    )


def test_robots_archive_covers_every_site(corpus: Path, captures: list[dict[str, Any]]) -> None:
    """There is one robots.txt record for each host of the crawl, most of them found."""
    robots = [capture for path in (corpus / "robots").iterdir() for capture in read_archive(path)]
    hosts = {capture["uri"].split("/")[2] for capture in captures}
    assert {capture["uri"].split("/")[2] for capture in robots} == hosts
    assert Counter(capture["status"] for capture in robots) == {200: 12, 404: 2}


def test_recipe_and_policy_are_valid_toml(example: Path) -> None:
    """The shipped recipe names files that the generator makes, and the policy denies what it does not know."""
    recipe = tomllib.loads((example / "recipe.toml").read_text(encoding="utf-8"))
    patterns = [pattern for source in recipe["source"] for pattern in source["paths"]]
    assert patterns == ["corpus/crawl/*.warc.gz", "corpus/docs/*.jsonl.gz"]
    policy = tomllib.loads((example / "policy.toml").read_text(encoding="utf-8"))
    assert policy["unknown"] == "deny"
