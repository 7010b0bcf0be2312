"""Licence claims become canonical SPDX expressions or nothing."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rights import license_names
from policies.rights.licenses import known_ids, licence_class, normalize, normalize_all

SPELLINGS = [
    ("mit", "MIT"),
    (" MIT ", "MIT"),
    ("apache-2.0 or MIT", "Apache-2.0 OR MIT"),
    ("GPL-2.0", "GPL-2.0-only"),
    ("GPL-2.0+", "GPL-2.0-or-later"),
    ("GPL-2.0-only WITH classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("(MIT AND (BSD-3-Clause or ISC))", "MIT AND (BSD-3-Clause OR ISC)"),
    ("LicenseRef-IETF-Trust", "LicenseRef-IETF-Trust"),
    ("LicenseRef-MIT-Discord", "LicenseRef-MIT-Discord"),
    ("DocumentRef-a:LicenseRef-b", "DocumentRef-a:LicenseRef-b"),
    ("LicenseRef-Own OR mit", "LicenseRef-Own OR MIT"),
    ("https://creativecommons.org/licenses/by-sa/3.0/de/", "CC-BY-SA-3.0-DE"),
    ("http://creativecommons.org/licenses/by/3.0/fr/deed.fr", "CC-BY-3.0"),
    ("http://creativecommons.org/licenses/by/2.5/scotland/", "CC-BY-2.5"),
    ("https://creativecommons.org/licenses/by/3.0/igo/", "CC-BY-3.0-IGO"),
    ("https://creativecommons.org/licenses/by-nc-nd/4.0/deed.en", "CC-BY-NC-ND-4.0"),
    ("//creativecommons.org/licenses/by-nc/2.5/legalcode", "CC-BY-NC-2.5"),
    ("https://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
    ("creativecommons.org/licenses/sa/1.0", "CC-SA-1.0"),
    ("https://creativecommons.org/licenses/by/4.0/?ref=chooser-v1", "CC-BY-4.0"),
    ("https://creativecommons.org/publicdomain/zero/1.0/deed.ja", "CC0-1.0"),
    ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
    ("http://creativecommons.org/licenses/publicdomain/", "CC-PDDC"),
    ("https://www.gnu.org/licenses/gpl-3.0.en.html", "GPL-3.0-only"),
    ("http://www.gnu.org/licenses/old-licenses/gpl-2.0.txt", "GPL-2.0-only"),
    ("https://www.gnu.org/licenses/old-licenses/lgpl-2.1.html", "LGPL-2.1-only"),
    ("https://www.gnu.org/licenses/agpl-3.0", "AGPL-3.0-only"),
    ("https://www.gnu.org/licenses/fdl-1.3.html", "GFDL-1.3-only"),
    ("http://www.apache.org/licenses/LICENSE-2.0.html", "Apache-2.0"),
    ("https://opensource.org/licenses/MIT", "MIT"),
    ("http://www.opensource.org/licenses/mit-license.php", "MIT"),
    ("https://opensource.org/license/bsd-3-clause", "BSD-3-Clause"),
    ("https://spdx.org/licenses/PostgreSQL.html", "PostgreSQL"),
    ("https://www.mozilla.org/en-US/MPL/2.0/", "MPL-2.0"),
    ("https://opendatacommons.org/licenses/odbl/1-0/", "ODbL-1.0"),
    ("http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", "OGL-UK-3.0"),
    ("https://cdla.dev/permissive-2-0/", "CDLA-Permissive-2.0"),
    ("https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf", "etalab-2.0"),
    ("https://www.govdata.de/dl-de/by-2-0", "DL-DE-BY-2.0"),
    ("https://data.norge.no/nlod/en/2.0", "NLOD-2.0"),
    ("https://open.canada.ca/en/open-government-licence-canada", "OGL-Canada-2.0"),
    ("http://artlibre.org/licence/lal/en/", "LAL-1.3"),
    ("https://www.dati.gov.it/iodl/2.0/", "LicenseRef-IODL-2.0"),
    ("https://www.usa.gov/government-works", "LicenseRef-PublicDomain-USGov"),
    ("http://rightsstatements.org/vocab/InC/1.0/", "LicenseRef-rightsstatements-inc-1.0"),
    ("Datenlizenz Deutschland – Namensnennung – Version 2.0", "DL-DE-BY-2.0"),
    ("https://web.archive.org/web/20190208/http://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
    ("CC BY 4.0", "CC-BY-4.0"),
    ("cc-by-4.0", "CC-BY-4.0"),
    ("CC-BY-SA 3.0 DE", "CC-BY-SA-3.0-DE"),
    ("Creative Commons Attribution-ShareAlike 4.0 International License", "CC-BY-SA-4.0"),
    ("Creative Commons Attribution 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
    ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International", "CC-BY-NC-ND-4.0"),
    ("CC0", "CC0-1.0"),
    ("Public Domain", "LicenseRef-PublicDomain"),
    ("Apache 2.0", "Apache-2.0"),
    ("Apache License, Version 2.0", "Apache-2.0"),
    ("Licensed under the Apache License, Version 2.0", "Apache-2.0"),
    ("The MIT License (MIT)", "MIT"),
    ("New BSD License", "BSD-3-Clause"),
    ("GPLv3+", "GPL-3.0-or-later"),
    ("GNU General Public License v2.0 or later", "GPL-2.0-or-later"),
    ("LGPL v2.1", "LGPL-2.1-only"),
    ("MIT or Apache 2.0", "MIT OR Apache-2.0"),
]
UNKNOWN = [
    None,
    "",
    "  ",
    "unknown",
    "other",
    "proprietary",
    "NOASSERTION",
    "NONE",
    "all rights reserved",
    "BSD",
    "GPL",
    "CC BY",
    "CC BY-NC",
    "Creative Commons",
    "https://creativecommons.org/licenses/by/",
    "https://creativecommons.org/licenses/sampling+/1.0/",
    "https://creativecommons.org/licenses/by-xx/4.0/",
    "https://evil.example/creativecommons.org/licenses/by/4.0/",
    "CC BY 4.0 (except the photographs)",
    "cc by 4.0 with changes",
    "MIT WITH MIT",
    "MIT AND nonsense",
    "MIT or nonsense",
    "licenseref",
    "(MIT AND",
    "MIT " * 400,
]


@pytest.mark.parametrize(("raw", "expected"), SPELLINGS)
def test_understands_each_spelling(raw: str, expected: str) -> None:
    """Every listed spelling becomes its SPDX expression, and that is left alone."""
    assert normalize(raw) == expected
    assert normalize(expected) == expected


@pytest.mark.parametrize("raw", UNKNOWN)
def test_unknown_stays_unknown(raw: str | None) -> None:
    """What does not name one licence with its version is no permission."""
    assert normalize(raw) is None


def test_every_name_in_the_table_is_reached() -> None:
    """No name of the table is shadowed by an SPDX id or spelled so that it can never match."""
    assert {name: spdx for name, spdx in license_names._NAMES.items() if normalize(name) != spdx} == {}


def test_every_spdx_id_is_its_own_normal_form() -> None:
    """All ids of the index are kept as they are, in any case."""
    ids = list(known_ids())
    assert len(ids) > 500
    assert [one for one in ids if normalize(one.lower()) != one] == []


@given(st.text(max_size=60))
def test_normalize_is_idempotent(raw: str) -> None:
    """A normal form is its own normal form."""
    once = normalize(raw)
    assert once is None or normalize(once) == once


def test_normalize_all_agrees_with_normalize() -> None:
    """The array form gives the same answers, nulls included, in order."""
    raw = ["mit", None, "CC BY 4.0", "?", "mit", None]
    assert normalize_all(pa.array(raw, pa.string())).to_pylist() == [normalize(one) for one in raw]
    assert len(normalize_all(pa.array([], pa.string()))) == 0


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("CC0-1.0", 0),
        ("CC-PDM-1.0", 0),
        ("LicenseRef-PublicDomain-JP", 0),
        ("MIT", 1),
        ("PostgreSQL", 1),
        ("CC-BY-4.0", 2),
        ("CC-BY-3.0-IGO", 2),
        ("ODC-By-1.0", 2),
        ("CC-BY-SA-4.0", 3),
        ("MPL-2.0", 3),
        ("GPL-2.0-only WITH Classpath-exception-2.0", 3),
        ("CC-BY-NC-4.0", 4),
        ("CC-BY-NC-SA-4.0", 4),
        ("CC-BY-ND-4.0", 4),
        ("LicenseRef-IETF-Trust", 4),
        ("MIT OR GPL-3.0-only", 1),
        ("MIT AND GPL-3.0-only", 3),
        ("CC0-1.0 OR (MIT AND CC-BY-NC-4.0)", 0),
        ("no such licence", 5),
        (None, 5),
    ],
)
def test_class_orders_by_freedom(expression: str | None, expected: int) -> None:
    """Alternatives take the freest licence, joint conditions the least free."""
    assert licence_class(expression) == expected


def test_import_does_not_load_the_index() -> None:
    """Importing the module costs no licence index, Presidio or spaCy."""
    modules = (
        "policies.rights.licenses, policies.rules.policy_file, policies.pii.scrubber, policies.addresses.redaction"
    )
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"license_expression", "presidio_analyzer", "spacy", "phonenumbers", "regex"}.intersection(loaded)


def test_real_claims_are_all_understood(shared_data: Path) -> None:
    """Each licence claim of the real corpus, being SPDX, is its own normal form."""
    files = sorted((shared_data / "cut100").glob("*.jsonl.gz"))
    with gzip.open(files[0], "rt", encoding="utf-8") as lines:
        claims = {json.loads(line).get("license") for line, _ in zip(lines, range(1500), strict=False)} - {None}
    assert {claim: normalize(claim) for claim in claims} == {claim: claim for claim in claims}
