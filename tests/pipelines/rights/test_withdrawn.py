"""Documents that a withdrawal took out of the dataset are not taken in again, and the ledger says why."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.handover.ids import DOC_ID
from pipelines.rights.suppression import describe_suppression, write_suppression
from policies.rights.evidence import Where
from policies.rights.profiles import Profile, stated

BY, NC = "CC-BY-4.0", "CC-BY-NC-4.0"
BOTH = Profile(NC, (BY, NC))
PROFILES = {one.id: one for one in (stated(BY, Where.SOURCE, True), BOTH)}

DOCUMENTS = pa.record_batch(
    {
        "doc_id": pa.array([bytes([at]) * 16 for at in range(4)], DOC_ID),
        "uri": pa.array(["https://A.example/1", "https://b.example/people/2", "https://b.example/3", None]),
        "license": pa.array([BY, NC, BY, None]),
        "profile": pa.array([stated(BY, Where.SOURCE, True).id, BOTH.id, stated(BY, Where.SOURCE, True).id, None]),
    }
)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([("revised-host", "a.example")], ["host:a.example", None, None, None]),
        ([("revised-uri-prefix", "https://b.example/p")], [None, "uri-prefix:https://b.example/p", None, None]),
        ([("revised-source", "web")], ["source:web"] * 4),
        ([("revised-source", "books")], [None] * 4),
        ([("revised-license", BY)], [f"license:{BY}"] * 3 + [None]),
        ([("revised-license", NC), ("revised-license", "MIT")], [None, f"license:{NC}", None, None]),
        ([("revised-doc", "03" * 16), ("revised-host", "b.example")], [None, *["host:b.example"] * 2, "doc"]),
        ([("host", "a.example"), ("doc", "00" * 16)], [None] * 4),
    ],
)
def test_rules_name_what_they_refuse(tmp_path: Path, rules: list[tuple[str, str]], said: list[str | None]) -> None:
    """Each rule refuses what it speaks of and is named; what was erased is refused elsewhere, without a name."""
    suppression = describe_suppression(str(tmp_path), rules)
    assert suppression is not None
    write_suppression(suppression, rules)
    assert suppression.rules(DOCUMENTS, "web", PROFILES).to_pylist() == said
    assert suppression.personal == ()
