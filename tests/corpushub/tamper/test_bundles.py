"""Tamperings with what an outsider gets: a bundle, the files of its version, a proof that the log grew."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest

import corpushub
from corpushub.face.files import verify_growth
from corpushub.text.answers import verify
from lineage.errors import BadBundle

if TYPE_CHECKING:
    from tests.corpushub.tamper.conftest import Place

Bundle = dict[str, Any]


@dataclass(frozen=True)
class Tampering:
    """A tampering with the bundle of d@v4, its files, or what is proved beside it.

    Attributes:
        what: what is done, in a line of the docs.
        do: does it.
        says: what verification says of it, in these words among others.
    """

    what: str
    do: Callable[[Place], object]
    says: str

    @property
    def name(self) -> str:
        """Its name in the list of tests."""
        return self.what.replace(" ", "-")


def edit(change: Callable[[Bundle, Bundle], object]) -> Callable[[Place], None]:
    """Return what changes the bundle by *change*, which is given the bundle of d@v3 too."""

    def do(place: Place) -> None:
        path = place.folder / "v4.json"
        before = path.read_bytes()
        bundle = orjson.loads(before)
        change(bundle, orjson.loads((place.folder / "v3.json").read_bytes()))
        path.write_bytes(orjson.dumps(bundle, option=orjson.OPT_INDENT_2) + b"\n")
        assert path.read_bytes() != before

    return do


def replaced(name: str, old: str, new: str) -> Callable[[Place], None]:
    """Return what replaces *old* by *new* in the member *name* of the bundle."""
    return edit(lambda bundle, _: bundle.update({name: bundle[name].replace(old, new)}))


def taken(*names: str) -> Callable[[Place], None]:
    """Return what replaces members of the bundle by those of d@v3."""
    return edit(lambda bundle, other: bundle.update({name: other[name] for name in names}))


def statement(bundle: Bundle, _: Bundle) -> None:
    """Change the statement, leaving its signature."""
    envelope = bundle["statement"]
    payload = base64.b64decode(envelope["payload"]).replace(b'"dataset":"d"', b'"dataset":"e"')
    envelope["payload"] = base64.b64encode(payload).decode()


def path_of_proof(bundle: Bundle, _: Bundle) -> None:
    """Change the first hash of the path from the leaf to the root."""
    lines = bundle["proof"].split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    bundle["proof"] = "\n".join(lines)


def size(bundle: Bundle, _: Bundle) -> None:
    """Let the checkpoint speak of a leaf less."""
    head, text, signatures = bundle["proof"].split("\n\n")
    origin, number, root = text.split("\n")
    bundle["proof"] = "\n\n".join([head, "\n".join([origin, str(int(number) - 1), root]), signatures])


def no_file(place: Place) -> None:
    """Remove a file of the version."""
    next((place.folder / "v4" / "documents").iterdir()).unlink()


def one_byte(place: Place) -> None:
    """Change a byte of a file of the version."""
    path = next((place.folder / "v4" / "ledger").iterdir())
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)


def other_files(place: Place) -> None:
    """Hand out the files of another version in place of this one's."""
    for path in (place.folder / "v4" / "documents").iterdir():
        path.unlink()
    for path in (place.folder / "v3" / "documents").iterdir():
        copyfile(path, place.folder / "v4" / "documents" / path.name)


def later_checkpoint(place: Place) -> None:
    """Hand out a bundle from before, to somebody who kept a checkpoint of later."""
    with corpushub.open(place.hub) as hub:
        hub.pin("d@v4", "another model")
        hub.checkpoint(out=place.early)


BUNDLES: Final = (
    Tampering("the manifest is edited", replaced("manifest", "ledger", "index"), "manifest: it is not the one"),
    Tampering("the statement is edited", edit(statement), "statement: the key did not sign it as it stands"),
    Tampering("the statement is that of another version", taken("statement"), "manifest: it is not the one"),
    Tampering(
        "a file is taken out of the manifest",
        edit(lambda bundle, _: bundle.update(manifest="\n".join(bundle["manifest"].split("\n")[1:]))),
        "manifest: it is not the one",
    ),
    Tampering(
        "the version is renamed",
        edit(lambda bundle, _: bundle.update(version="d@v3")),
        "manifest: it is not the one",
    ),
    Tampering(
        "a bundle of another version is renamed",
        edit(lambda bundle, other: bundle.update({**other, "version": "d@v4"})),
        "manifest: it is not the one",
    ),
    Tampering(
        "the leaf is edited",
        edit(lambda bundle, _: bundle["leaf"].update(content=bundle["leaf"]["content"].replace("d@v4", "d@v5"))),
        "leaf: the proof does not lead",
    ),
    Tampering(
        "the salt is edited",
        edit(lambda bundle, _: bundle["leaf"].update(salt="00" * 32)),
        "leaf: the proof does not lead",
    ),
    Tampering("the leaf is that of another version", taken("leaf", "proof"), "leaf: it is not about this statement"),
    Tampering(
        "the place of the leaf is edited", replaced("proof", "\nindex ", "\nindex 1"), "leaf: the proof does not"
    ),
    Tampering("the path of the proof is edited", edit(path_of_proof), "leaf: the proof does not lead"),
    Tampering("the size of the checkpoint is edited", edit(size), "checkpoint: the key did not sign it as it stands"),
    Tampering(
        "the proof of growth is removed",
        edit(lambda bundle, _: bundle.update(consistency=None)),
        "checkpoint: the bundle does not prove that the log goes on",
    ),
    Tampering(
        "the proof of growth is edited",
        edit(lambda bundle, _: bundle["consistency"]["hashes"].reverse()),
        "checkpoint: the bundle does not prove that the log goes on",
    ),
    Tampering("a file of the version is missing", no_file, "it is missing"),
    Tampering("a byte of a file is changed", one_byte, "its bytes are not those that were committed"),
    Tampering("the files are those of another version", other_files, "it is missing"),
    Tampering("the bundle is of a log that was rolled back", later_checkpoint, "checkpoint: it was rolled back"),
)


@pytest.mark.parametrize("tampering", BUNDLES, ids=lambda one: one.name)
def test_tampering_is_found_and_named(place: Place, tampering: Tampering) -> None:
    """Whatever of a bundle, of its files, or of the log behind it is changed, an outsider is told what."""
    assert said_of(place) == []
    tampering.do(place)
    found = said_of(place)

    assert any(tampering.says in problem for problem in found), found


def said_of(place: Place) -> list[str]:
    """Return what an outsider is told of the bundle of d@v4."""
    report = corpushub.verify_bundle(place.folder / "v4.json", place.key, place.folder / "v4", place.early)
    assert report.ok == (not report.mismatches)
    return [f"{one.path}: {one.problem}" for one in report.mismatches]


HUGE: Final = "9" * 5000

NO_BUNDLES: Final[dict[str, Callable[[str], str]]] = {
    "nothing": lambda _: "",
    "an empty object": lambda _: "{}",
    "a list": lambda _: "[]",
    "a format alone": lambda _: '{"format": "corpushub.bundle/1"}',
    "deep": lambda _: "[" * 100_000,
    "deep but closed": lambda _: "[" * 1000 + "]" * 1000,
    "a member twice": lambda text: text.replace('"format"', '"version": "evil@v9", "format"', 1),
    "a member of a member twice": lambda text: text.replace('"salt"', '"salt": "00", "salt"', 1),
    "an index with a sign": lambda text: text.replace("index ", "index +"),
    "an index with an underscore": lambda text: text.replace("index ", "index 1_"),
    "an index with a zero before it": lambda text: text.replace("index ", "index 0"),
    "an index of other digits": lambda text: text.replace("index ", "index \u0661"),
    "an index without end": lambda text: text.replace("index ", f"index {HUGE}"),
    "a size that is a text": lambda text: text.replace('"size": ', '"size": "1", "x": '),
    "a size below zero": lambda text: text.replace('"size": ', '"size": -'),
    "a size that is infinite": lambda text: text.replace('"size": ', '"size": 1e400, "x": '),
    "a size without end": lambda text: text.replace('"size": ', f'"size": {HUGE}, "x": '),
}


@pytest.mark.parametrize("name", NO_BUNDLES)
def test_what_is_no_bundle_is_an_error(place: Place, name: str) -> None:
    """What cannot be read as a bundle, or what readers would read in two ways, is told as such."""
    path = place.folder / "v4.json"
    path.write_text(NO_BUNDLES[name](path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(BadBundle, match="is no bundle of proof"):
        said_of(place)


@pytest.mark.parametrize("count", ["", " 5", HUGE, "05", "+5", "\u0665", "-1"])
def test_counts_in_a_manifest_are_plain(place: Place, count: str) -> None:
    """A line of the manifest has counts as we write them, or the manifest is none."""
    edit(lambda bundle, _: bundle.update(manifest=f"documents {'0' * 64} {count} 1\n"))(place)
    with pytest.raises(BadBundle, match="line 1 of the manifest"):
        said_of(place)


def test_size_without_end_is_signed_by_nobody(place: Place) -> None:
    """A checkpoint whose size has thousands of digits is none, in a bundle and beside one."""
    note = place.early.read_text(encoding="utf-8").split("\n")
    place.early.write_text("\n".join([note[0], HUGE, *note[2:]]), encoding="utf-8")
    assert said_of(place) == [f"{place.early}: the key did not sign this checkpoint"]


@pytest.mark.parametrize("what", ["a pipe", "a folder", "nothing", "too much"])
def test_what_is_no_file_is_not_waited_for(place: Place, what: str) -> None:
    """A bundle, or a checkpoint, is a regular file of bounded size; neither a pipe nor a device is read."""
    for path in (place.folder / "v4.json", place.early):
        path.unlink()
        if what == "a pipe":
            os.mkfifo(path)
        elif what == "a folder":
            path.mkdir()
        elif what == "too much":
            with path.open("wb") as file:
                file.truncate((256 << 20) + 1)
        with pytest.raises(BadBundle, match="nothing was verified"):
            corpushub.verify_bundle(path, place.key) if path != place.early else verify_growth(path, path, place.key)


def test_files_beside_a_version_are_named(place: Place) -> None:
    """A file that the manifest does not name is told, and nobody vouches for it: the version is what it was."""
    stray = place.folder / "v4" / "documents" / "extra.parquet"
    stray.write_bytes(b"anything")
    report = corpushub.verify_bundle(place.folder / "v4.json", place.key, place.folder / "v4")

    assert (report.ok, report.strays) == (True, (str(stray),))
    assert f"not of the version, and not verified: {stray}" in verify(report)


def test_growth_is_proved_between_checkpoints(place: Place) -> None:
    """With two checkpoints and a key an outsider tells that a log only grew; a changed proof is found."""
    request = place.folder / "growth"
    assert verify_growth(request, place.early, place.key).ok
    whole = request.read_text(encoding="utf-8")
    first, second, *rest = whole.split("\n")
    other = base64.b64encode(bytes(32)).decode()
    for changed, words in (
        ("\n".join([first, other, *rest]), "nothing proves that it goes on"),
        ("\n".join([first, *rest]), "nothing proves that it goes on"),
        ("\n".join(["old 2", second, *rest]), "nothing proves that it goes on"),
        (whole.replace("\n\n", "\n\nx", 1), "the key did not sign its checkpoint"),
        ("old 0\n\n" + place.early.read_text(encoding="utf-8"), "nothing proves that it goes on"),
    ):
        request.write_text(changed, encoding="utf-8")
        report = verify_growth(request, place.early, place.key)
        assert not report.ok
        assert words in report.mismatches[0].problem
    request.write_text("old 0\n\n" + place.early.read_text(encoding="utf-8"), encoding="utf-8")
    assert "rolled back" in verify_growth(request, place.kept, place.key).mismatches[0].problem
    with pytest.raises(BadBundle, match="no consistency proof"):
        verify_growth(place.key, place.early, place.key)


def test_the_list_in_the_docs_is_the_list_that_is_tried() -> None:
    """docs/threats.md tells of each tampering what is done and what is said, in the order of the tests."""
    page = (Path(__file__).parents[3] / "docs" / "threats.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- tamperings with a bundle -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert found is not None
    lines = [f"| {one.what} | {one.says} |" for one in BUNDLES]

    assert re.findall(r"^\| .+ \|$", found[1], re.MULTILINE)[2:] == lines
