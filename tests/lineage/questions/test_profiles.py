"""A version's profiles stand in one file that is the same for the same profiles, and is verified like the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lineage.commit.pending import read_pending, write_down
from lineage.commit.publish import publish
from lineage.commit.release import Release
from lineage.control.policy_texts import policy_text, text_kept_as
from lineage.control.runs import start_run
from lineage.errors import DamagedFile
from lineage.hub import Hub
from lineage.proof.attest import keep_policy_text
from lineage.proof.verify import verify_version
from lineage.questions.profiles import read_profiles
from lineage.questions.sql import ask
from lineage.references import VersionRef
from lineage.storage.manifest import manifest_root
from lineage.storage.parquet import write_profiles

PROFILES = {"b" * 16: '{"license":"MIT"}', "a" * 16: '{"license":null}'}


def test_equal_profiles_make_equal_files(tmp_path: Path) -> None:
    """Their order takes no part; nothing is a file too."""
    one = write_profiles(PROFILES, str(tmp_path / "one"))
    two = write_profiles(dict(reversed(PROFILES.items())), str(tmp_path / "two"))

    assert (one.sha256, one.rows) == (two.sha256, 2)
    assert write_profiles({}, str(tmp_path)).rows == 0


def test_a_version_holds_its_profiles(hub: Hub, make_release: Callable[..., Release]) -> None:
    """They are committed, read back, part of the manifest root, verified, and survive a crash before the commit."""
    file = write_profiles(PROFILES, hub.home.data_folder("fruit", "profiles"))
    release = replace(make_release("run1", [1, 2]), profiles=[file])
    start_run(hub.db, release.run)
    write_down(hub.home, release)
    (pending,) = read_pending(hub.home, "fruit")
    assert pending.signed
    version = publish(hub, pending.release)

    assert read_profiles(hub, version) == PROFILES
    assert version.manifest_root == manifest_root(release.documents, release.ledger, profiles=[file])
    assert version.manifest_root != manifest_root(release.documents, release.ledger)
    assert verify_version(hub, VersionRef("fruit")).ok
    Path(file.path).write_bytes(b"something else")
    assert [one.path for one in verify_version(hub, VersionRef("fruit")).mismatches] == [hub.home.relative(file.path)]
    with pytest.raises(DamagedFile, match="corpushub verify"):
        read_profiles(hub, version)


def test_policies_are_kept_by_digest(hub: Hub) -> None:
    """The newest text is found by its policy's digest; another wording of the same policy stands beside it."""
    names = [keep_policy_text(hub, "d" * 64, text) for text in ("one", "two", "one")]

    assert policy_text(hub.db, "d" * 64) == "two"
    assert [text_kept_as(hub.db, str(name)) for name in names] == ["one", "two", "one"]
    assert policy_text(hub.db, "e" * 64) is None


def test_questions_in_sql_can_ask_for_profiles(hub: Hub, make_release: Callable[..., Release]) -> None:
    """The view has every profile by its id, and what it says as JSON; a version without any has no rows."""
    file = write_profiles(PROFILES, hub.home.data_folder("fruit", "profiles"))
    for release in (replace(make_release("r1", [1]), profiles=[file]), make_release("r2", [2])):
        start_run(hub.db, release.run)
        publish(hub, release)
    query = "SELECT profile, content->>'license' AS license FROM profiles ORDER BY profile"

    asked = [ask(hub, VersionRef("fruit", number), query).rows for number in (1, 2)]

    assert asked == [({"profile": "a" * 16, "license": None}, {"profile": "b" * 16, "license": "MIT"}), ()]
