"""What checks rest on, and what they come upon."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with what.

    Attributes:
        path: a file, or the name of a record.
        problem: words about it.
    """

    path: str
    problem: str


@dataclass(frozen=True, slots=True)
class LogHead:
    """The audit log as it was signed.

    Attributes:
        origin: its name.
        size: how many leaves it has.
        root: the root (hex) of their tree.
    """

    origin: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of a version came to.

    Attributes:
        version: NAME@vN.
        ok: whether nothing is wrong.
        files: how many were hashed.
        mismatches: what is wrong.
        manifest_root: the digest of its list of files.
        statement: SHA-256 (hex) of the signed statement, null if there is none.
        leaf: its place in the audit log, null if it is not proved to be there.
        log: null if it is damaged.
        records: records of the hub that were held against the log; 0 for a bundle.
        unfinished: what a crash left for the next command to finish; nothing is wrong with it.
        strays: files beside those of a bundle that are not of the version; nobody vouches for them.
    """

    version: str
    ok: bool
    files: int
    mismatches: tuple[Problem, ...]
    manifest_root: str
    statement: str | None
    leaf: int | None
    log: LogHead | None
    records: int = 0
    unfinished: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionVerification:
    """What the check of one version among all of a hub came to.

    Attributes:
        version: NAME@vN.
        ok: whether nothing is wrong with it.
        files: how many were hashed; 0 where they were removed after it was retired.
        mismatches: what is wrong with it.
        manifest_root: the digest of its list of files.
        statement: SHA-256 (hex) of the signed statement, null if there is none.
        leaf: its place in the audit log, null if it is not proved to be there.
    """

    version: str
    ok: bool
    files: int
    mismatches: tuple[Problem, ...]
    manifest_root: str
    statement: str | None
    leaf: int | None


@dataclass(frozen=True, slots=True)
class HubVerification:
    """What a check of all versions of a hub came to.

    Attributes:
        ok: whether nothing is wrong.
        versions: of each version, by dataset, oldest first.
        mismatches: what is wrong with the log, and with the records of the hub.
        log: null if it is damaged.
        records: how many were held against the log.
        unfinished: what a crash left for the next command to finish; nothing is wrong with it.
    """

    ok: bool
    versions: tuple[VersionVerification, ...]
    mismatches: tuple[Problem, ...]
    log: LogHead | None
    records: int
    unfinished: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """What a check rests on beside the hub itself.

    Attributes:
        key: file of the public key that must have signed; None for any key in ``HOME/keys``.
        checkpoint: file of an earlier signed checkpoint that the log must go on from.
    """

    key: Path | None = None
    checkpoint: Path | None = None
