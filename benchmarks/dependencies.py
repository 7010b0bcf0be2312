"""List installed distributions with their size and licence, who needs them, and what is known against them.

``make audit ADVISORIES=folder`` does. Sizes are of the files that a distribution brings, not of what Python compiles of
them, for that depends on what is used.

Advisories are files of the OSV format (OSV schema 1.6), one a file, as osv.dev gives them for PyPI; without such a
folder the program says that none were looked at. The exit code is 1 if an installed version has an advisory that is not
withdrawn, or a distribution has no licence that is understood.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from policies.markup.license_files import is_license_file, license_of_text
from policies.rights.licenses import normalize

TROVE = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}
"""Classifiers that name a licence, where the metadata have no better word."""


def normal(name: str) -> str:
    """Return the normal spelling of a distribution's *name* (PyPA, name normalization)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(distribution: Distribution) -> str | None:
    """Return the licence that the metadata state, as SPDX has it where that is understood, or the licence file."""
    told = distribution.metadata
    given = [one for key in ("License-Expression", "License") for one in told.get_all(key) or ()]
    named = [TROVE[one] for one in told.get_all("Classifier") or () if one in TROVE]
    words = [one.strip() for one in (*given, *named) if one and len(one.strip()) < 200]
    known = next((found for one in words if (found := normalize(one))), None)
    return known or next(iter(words), None) or next(filter(None, map(_licence_in, distribution.files or ())), None)


def _licence_in(file: PackagePath) -> str | None:
    return license_of_text(file.read_text()) if is_license_file(str(file)) else None


def size_of(distribution: Distribution) -> int:
    """Return the bytes of the files that *distribution* brought, as far as they are there."""
    files = (Path(str(one.locate())) for one in distribution.files or () if one.suffix != ".pyc")
    return sum(file.stat().st_size for file in files if file.exists())


def needed_by(installed: Mapping[str, Distribution]) -> dict[str, list[str]]:
    """Return who requires each of *installed* in any case; extras and markers of other platforms aside."""
    needing: dict[str, list[str]] = {name: [] for name in installed}
    for name, distribution in installed.items():
        wanted = map(Requirement, distribution.requires or ())
        for one in {normal(one.name) for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})}:
            needing.get(one, []).append(name)
    return needing


def advisories(folder: Path) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Yield name, the part on that name, and id of each advisory in *folder* that is not withdrawn."""
    for path in sorted(folder.rglob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for part in () if content.get("withdrawn") else content.get("affected", ()):
            package = part.get("package", {})
            if package.get("ecosystem") == "PyPI":
                yield normal(package.get("name", "")), part, content.get("id", path.stem)


def affects(part: Mapping[str, Any], version: str) -> bool:
    """Tell whether *version* is one of those that the *part* of an advisory names, one by one or as ranges."""
    if version in part.get("versions", ()):
        return True
    ranges = [one["events"] for one in part.get("ranges", ()) if one.get("type") == "ECOSYSTEM"]
    return any(_is_within(events, version) for events in ranges)


def _is_within(events: list[Mapping[str, str]], version: str) -> bool:
    try:
        at, inside = Version(version), False
        for event in events:
            if "introduced" in event:
                inside = inside or event["introduced"] == "0" or at >= Version(event["introduced"])
            elif "fixed" in event:
                inside = inside and at < Version(event["fixed"])
            elif "last_affected" in event:
                inside = inside and at <= Version(event["last_affected"])
    except InvalidVersion:
        return True  # nobody can tell: somebody has to look
    return inside


def main() -> int:
    """Print both lists."""
    parser = argparse.ArgumentParser(description="List dependencies, and what is known against them.")
    parser.add_argument("advisories", nargs="?", type=Path, help="a folder of OSV files")
    folder = parser.parse_args().advisories
    installed = {normal(one.name): one for one in distributions()}
    licences = {name: licence_of(one) for name, one in sorted(installed.items())}
    sizes, needing = {name: size_of(one) for name, one in installed.items()}, needed_by(installed)
    for name, licence in licences.items():
        words = f"{licence or 'no licence is stated':36} {', '.join(sorted(needing[name]))}"
        print(f"{name:28} {installed[name].version:12} {sizes[name] / 1e6:6.1f} MB  {words}".rstrip())
    found = [
        f"{name} {installed[name].version}: {advisory}"
        for name, part, advisory in (advisories(folder) if folder else ())
        if name in installed and affects(part, installed[name].version)
    ]
    unstated = [name for name, licence in licences.items() if licence is None]
    print(f"\n{len(licences)} distributions, {sum(sizes.values()) / 1e6:.0f} MB")
    print(f"{len(unstated)} without a licence: {', '.join(unstated) or 'none'}")
    print("\n".join(found) if found else f"advisories: {'none' if folder else 'none were looked at (ADVISORIES)'}")
    return int(bool(found or unstated))


if __name__ == "__main__":
    sys.exit(main())
