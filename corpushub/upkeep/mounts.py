"""On which kind of file system a path lies (Linux: proc(5), /proc/self/mountinfo)."""

from __future__ import annotations

from pathlib import Path

NETWORK = frozenset(
    {
        "9p",
        "afs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    }
)
"""File systems of other machines, on which POSIX locks are not to be trusted (sqlite.org/faq.html, question 5)."""

MOUNTS = Path("/proc/self/mountinfo")


def file_system_of(path: Path, mounts: Path = MOUNTS) -> str:
    """Return the type of the file system that holds *path*, empty where the system does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    wanted = path.resolve()
    found = [(len(point.parts), kind) for point, kind in map(_mount, lines) if wanted.is_relative_to(point)]
    longest = max((depth for depth, _ in found), default=0)
    return next((kind for depth, kind in reversed(found) if depth == longest), "")  # later mounts hide earlier ones


def _mount(line: str) -> tuple[Path, str]:
    """Return the mount point and type of a line; white space in names is written as \\040 and the like."""
    before, _, after = line.partition(" - ")
    point = before.split(" ")[4]
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, char)
    return Path(point), after.split(" ")[0]
