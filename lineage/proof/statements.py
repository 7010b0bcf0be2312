"""What is said of a version: an in-toto Statement v1 whose predicate is SLSA provenance v1.

The subject is the version, by its manifest root; the predicate says what it was made of. All of it comes from records
of the run, times included, and nothing from the clock or the machine that signs.
Specifications: in-toto attestation framework, Statement v1; SLSA v1.0, provenance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import orjson

from lineage.control.runs import Run, RunInput
from lineage.control.versions import Version

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PROVENANCE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = "urn:corpushub:run:v1"
"""A version is built by ``corpushub run``: externalParameters are the dataset, the recipe and the policy, and
resolvedDependencies the files it read and the version it followed."""

BUILDER: Final = "urn:corpushub:driver"


@dataclass(frozen=True, slots=True)
class Environment:
    """What a run rested on beside its recipe and inputs.

    Attributes:
        policy: the digest of what its policy means, None if it had none.
        libraries: by name, their versions.
        policy_text: SHA-256 (hex) of the policy as it was written, None if that is unknown.
    """

    policy: str | None = None
    libraries: Mapping[str, str] = field(default_factory=dict)
    policy_text: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """Why a version has other files than it was first made with: the manifest root it replaces, and a receipt's id."""

    replaces: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Making:
    """How a version came about.

    Attributes:
        run: the run that made it.
        inputs: what that run read.
        parent: the version it followed.
        environment: what the run rested on.
        revision: why it was revised, None if it was not.
        revisal: digest of the record of why the run took documents out, None if it did not.
    """

    run: Run
    inputs: Iterable[RunInput]
    parent: Version | None
    environment: Environment
    revision: Revision | None = None
    revisal: str | None = None


def statement(version: Version, making: Making) -> bytes:
    """Return the statement about *version* as canonical JSON: sorted keys, no spaces, UTF-8."""
    content = {
        "_type": STATEMENT,
        "subject": [{"name": version.name, "digest": {"sha256": version.manifest_root}}],
        "predicateType": PROVENANCE,
        "predicate": {"buildDefinition": _definition(making), "runDetails": _details(version, making)},
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def _definition(making: Making) -> dict[str, Any]:
    run, policy, written = making.run, making.environment.policy, making.environment.policy_text
    recipe = {"digest": run.recipe_digest, "text": hashlib.sha256(run.recipe.encode()).hexdigest()}
    revision = making.revision
    revised = {"revision": {"replaces": revision.replaces, "receipt": revision.receipt}} if revision else {}
    as_written = {"policyText": written} if written else {}
    taken_out = {"revisal": making.revisal} if making.revisal else {}
    return {
        "buildType": BUILD_TYPE,
        "externalParameters": {"dataset": run.dataset, "recipe": recipe, "policy": policy, **as_written, **revised},
        "internalParameters": {"inputs": run.inputs_digest, "notDone": dict(run.not_done), **taken_out},
        "resolvedDependencies": [*_parent(making.parent), *(_input(item) for item in making.inputs)],
    }


def _parent(parent: Version | None) -> list[dict[str, Any]]:
    if parent is None:
        return []
    return [{"name": parent.name, "uri": _uri(parent), "digest": {"sha256": parent.manifest_root}}]


def _uri(version: Version) -> str:
    return f"urn:corpushub:version:{version.dataset}:{version.number}"


def _input(item: RunInput) -> dict[str, Any]:
    """Describe an input by the name the recipe gives it: its path would tell about the machine."""
    return {
        "name": item.source,
        "uri": quote(item.name, safe="/:?#[]@!$&'()*+,;=%~"),
        "digest": {"sha256": item.sha256},
        "annotations": {"bytes": item.size},
    }


def _details(version: Version, making: Making) -> dict[str, Any]:
    run = making.run
    return {
        "builder": {"id": BUILDER, "version": {"corpushub": run.code_version, **making.environment.libraries}},
        "metadata": {"invocationId": run.id, "startedOn": run.started, "finishedOn": version.created},
        "byproducts": [{"name": "counts", "annotations": dict(run.counts)}],
    }
