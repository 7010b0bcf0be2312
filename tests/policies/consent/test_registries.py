"""Registries are read whole or refused with the line, and each page and text is found in them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.consent.registries import Registries, load_registry
from policies.consent.sorted_strings import SortedStrings
from policies.errors import InvalidRegistry, MissingPolicy

ID = "0a" * 32


def registries_of(folder: Path, **files: str) -> Registries:
    """Write registry files, "__" in their names for a dot, and load them."""
    paths = [folder / name.replace("__", ".") for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.write_text(content, encoding="utf-8")
    return Registries.load(paths)


@pytest.mark.parametrize(
    ("uri", "entry"),
    [
        ("https://example.com/x", "example.com"),
        ("http://WWW.Example.com:8080/", "example.com"),
        ("https://notexample.com/", None),
        ("https://sub.below.org/", "*.below.org"),
        ("https://below.org/", None),
        ("https://münchen.de/", "xn--mnchen-3ya.de"),
        ("https://port.org:81/", "port.org:81"),
        ("https://port.org/", None),
        ("no address", None),
    ],
)
def test_hosts(tmp_path: Path, uri: str, entry: str | None) -> None:
    """A refused host stands for those below it; case, default ports and scripts make no difference."""
    content = "# who opted out\nExample.COM. # since 2024\n\n*.below.org\r\nmünchen.de\nport.org:81\n"
    found = registries_of(tmp_path, out__hosts=content).registry_evidence(uri)

    assert [one.value for one in found] == ([f"out: {entry}"] if entry else [])
    assert all((one.kind, one.name, one.meaning) == ("registry", "registry", "deny") for one in found)


@pytest.mark.parametrize(
    ("uri", "entry"),
    [
        ("https://a.b/x/y", "a.b/x"),
        ("http://a.b:80/xyz", "a.b/x"),
        ("https://a.b/X", None),
        ("https://c.d/", "c.d/"),
        ("https://e.f/~u/1?q", "e.f/~u/"),
        ("https://g.h/p?q=10", "g.h/p?q=1"),
        ("https://g.h/p?q=2", None),
    ],
)
def test_prefixes(tmp_path: Path, uri: str, entry: str | None) -> None:
    """A prefix holds for both schemes, in every spelling of its escapes, and for whatever follows it."""
    content = "https://a.b/x\na.b/x/z\nc.d\nHTTP://E.F/%7eu/\ng.h/p?q=1\na.a/\nz.z/\n"
    found = registries_of(tmp_path, list__prefixes__txt=content).registry_evidence(uri)

    assert [one.value for one in found] == ([f"list: {entry}"] if entry else [])


@pytest.mark.parametrize(
    ("uri", "entry"),
    [
        ("https://github.com/Owner/any/blob/main/a.py", "github.com/owner"),
        ("https://raw.githubusercontent.com/big/code/main/a.py", "github.com/big/code"),
        ("https://github.com/big/code.git", "github.com/big/code"),
        ("https://github.com/big/other", None),
        ("https://gitlab.com/a/b/-/tree/main", "gitlab.com/a/b"),
        ("https://huggingface.co/datasets/h/d/resolve/main/x", "huggingface.co/h/d"),
        ("https://example.com/big/code", None),
        ("https://github.com/", None),
    ],
)
def test_repositories(tmp_path: Path, uri: str, entry: str | None) -> None:
    """An owner stands for all of its repositories; without a forge GitHub is meant."""
    content = "owner/\nbig/code\ngitlab.com/a/b.git\nhuggingface.co/h/d\n"
    found = registries_of(tmp_path, r__repositories=content).registry_evidence(uri)

    assert [one.value for one in found] == ([f"r: {entry}"] if entry else [])


def test_contents_and_header(tmp_path: Path) -> None:
    """A header names registry, signal and meaning; a text is found by its id, in any case."""
    header = '+++\nkind = "contents"\nname = "Leave"\nsignal = "consented"\nmeaning = "allow"\n+++\n'
    registries = registries_of(tmp_path, a__txt=f"{header}sha256:{ID.upper()} # one\n")

    assert len(registries) == 1
    (found,) = registries.registry_evidence(None, ID)
    assert (found.name, found.meaning, found.value) == ("consented", "allow", f"Leave: {ID}")
    assert registries.registry_evidence("https://e.org/", "0b" * 32) == []


def test_permitted_host_stands_for_itself(tmp_path: Path) -> None:
    """Among permissions only an entry with an asterisk reaches the hosts below."""
    header = '+++\nkind = "hosts"\nmeaning = "allow"\n+++\n'
    registries = registries_of(tmp_path, a__txt=f"{header}e.org\n*.f.org\n")

    assert [bool(registries.registry_evidence(f"https://{host}/")) for host in ("e.org", "x.e.org", "x.f.org")] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", "e.org\n", "of which kind"),
        ("a.hosts", "# x\ne.org\nhttps://e.org/\n", "line 3"),
        ("a.hosts", '+++\nname = "x"\n+++\ntwo words\n', "line 4"),
        ("a.contents", "abc\n", "line 1"),
        ("a.hosts", "+++\nname = 1\n+++\n", "'name'"),
        ("a.hosts", '+++\ncolour = "red"\n+++\n', "'colour'"),
        ("a.hosts", '+++\nmeaning = "maybe"\n+++\n', "meaning"),
        ("a.hosts", "+++\nname = \n+++\n", "not TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, name: str, content: str, words: str) -> None:
    """A malformed line or header is an error with its line; the entry itself is not shown."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InvalidRegistry, match=words) as caught:
        load_registry(tmp_path / name)
    assert "two words" not in str(caught.value)
    with pytest.raises(MissingPolicy, match="none"):
        load_registry(tmp_path / "none.hosts")


def test_digest_says_what_is_in_it(tmp_path: Path) -> None:
    """Order of files and lines, comments and case leave the digest; another entry changes it."""
    one = registries_of(tmp_path, a__hosts="a.org\nb.org\n", b__hosts="c.org\n")
    two = Registries([load_registry(tmp_path / "b.hosts"), load_registry(tmp_path / "a.hosts")])
    (tmp_path / "a.hosts").write_text("B.org # x\na.org\na.org\n", encoding="utf-8")

    assert one.digest == two.digest
    assert Registries.load([tmp_path / "a.hosts", tmp_path / "b.hosts"]).digest == one.digest
    assert Registries.load([tmp_path / "a.hosts"]).digest != one.digest


@given(st.lists(st.text("abé/", max_size=6), max_size=30), st.text("abé/", max_size=9))
def test_sorted_strings_find_what_a_set_finds(strings: list[str], text: str) -> None:
    """Membership is that of a set, and a prefix is found exactly if some entry is one."""
    held = SortedStrings(pa.array(strings, pa.string()))

    assert list(held) == sorted(set(strings), key=str.encode)
    assert held.holds(text) == (text in strings)
    found = held.prefix_of(text)
    wanted = [one for one in strings if one and text.startswith(one)]
    assert (found in wanted) if wanted else found in (None, "")
