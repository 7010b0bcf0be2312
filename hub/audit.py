"""Answer whether a version may be used: its licences against a policy, with the documents that speak against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import policies
from lineage import control, query
from lineage.home import Home
from lineage.references import VersionRef
from policies.allow_list import Answer, Policy, audit_counts
from policies.policy_file import load_policy

SHIPPED = Path(policies.__file__).parent / "permissive.toml"
"""The policy of an audit that names none."""


def audit(home: Home, ref: VersionRef, policy_file: Path | None, examples: int) -> dict[str, Any]:
    """Judge every document of *ref* by its licence under a policy; *examples* documents are named for each finding."""
    policy = load_policy(policy_file or SHIPPED)
    db = control.connect(home)
    version = control.get_version(db, ref)
    counts = {None if name == "unknown" else name: n for name, n in version.licenses.items()}
    report = audit_counts(policy, counts)
    files = query.resolve_all(home, control.version_files(db, version, "documents"))
    return {
        "version": version.name,
        "compliant": report.compliant,
        "population": version.documents,
        "verdicts": report.verdicts,
        "findings": [
            {
                "rule": finding.rule,
                "verdict": str(finding.verdict),
                "count": finding.count,
                "why": finding.why,
                "examples": _examples(version.name, files, policy, counts, finding, examples),
            }
            for finding in report.findings
        ],
        "obligations": [],
        "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest},
    }


def _examples(
    name: str, files: list[str], policy: Policy, counts: Any, finding: Any, most: int
) -> list[dict[str, Any]]:
    if finding.verdict == Answer.ALLOW or not files:
        return []
    licences = [
        one for one in counts if (policy.decide(one).rule, policy.decide(one).why) == (finding.rule, finding.why)
    ]
    known = [licence for licence in licences if licence is not None]
    wanted = "license IN (SELECT unnest($1))" + (" OR license IS NULL" if None in licences else "")
    documents = f"read_parquet([{', '.join(map(query.quote, files))}], union_by_name = true)"
    statement = f"SELECT doc_id, license, uri, source FROM {documents} WHERE {wanted} ORDER BY doc_id LIMIT {int(most)}"
    with query.connect(files) as connection:
        rows = query.rows(connection, statement, [known])
    return [{**row, "ref": f"{name}#{row['doc_id']}"} for row in rows]
