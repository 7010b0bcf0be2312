"""What is asked of files and needs no hub: personal data, what speaks about rights, policies, and bundles of proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpushub.face.arguments import Place, at_least, path_of

if TYPE_CHECKING:
    from corpushub.audit.evidence_files import CaptureEvidence
    from corpushub.audit.policy_tests import PolicyTest
    from corpushub.example.corpus import Example
    from corpushub.requests.scan.scan_files import ScanReport
    from corpushub.requests.scan.scan_records import Searched
    from corpushub.upkeep.warm import Warmed
    from lineage.proof.checks import Verification
    from lineage.proof.growth import Growth


def scan_files(
    files: Sequence[str], recipe: Place | None = None, *, field: str = "text", findings: int = 0, values: bool = False
) -> ScanReport:
    """Look for personal data in files: archives, tables, pages and plain text, by their suffix.

    Args:
        files: their names, or patterns.
        recipe: search as its [pii] section says.
        field: holds the text in JSON, CSV and Parquet files.
        findings: how many are named for each file.
        values: whether the personal data themselves are told with them.
    """
    from corpushub.requests.scan import scan_files as scan

    at_least(0, findings=findings)
    return scan.scan_files(files, scan.searcher(path_of(recipe)), field, scan.Showing(findings, values))


def scan_records(
    files: Sequence[str],
    recipe: Place | None = None,
    *,
    field: str = "text",
    id_field: str = "id",
    apply: bool = False,
) -> Iterator[Searched]:
    """Yield what was found in each record, in order; with *apply* also its text after the recipe's actions."""
    from corpushub.requests.scan import scan_records as scan
    from corpushub.requests.scan.scan_files import searcher

    scrubber = scan.applier(path_of(recipe)) if apply else searcher(path_of(recipe))
    return scan.scan_records(files, scrubber, scan.Fields(field, id_field))


def evidence_files(
    files: Sequence[str], *, field: str = "text", robots: Sequence[str] = (), registry: Sequence[str] = ()
) -> Iterator[CaptureEvidence]:
    """Yield what each capture says about licences and consent, with the sites' and registries' files named."""
    from corpushub.audit import evidence_files as evidence

    return evidence.evidence_files(files, field, evidence.Beside(tuple(robots), tuple(registry)))


def judge_cases(policy: Place) -> PolicyTest:
    """Judge the cases that stand beside a policy: NAME.toml, its NAME.tests.toml, or the name of a shipped one."""
    from corpushub.audit import policy_tests

    return policy_tests.judge_cases(Path(policy))


def verify_bundle(
    bundle: Place, key: Place, files: Place | None = None, checkpoint: Place | None = None
) -> Verification:
    """Check what ``Hub.attest`` wrote, without the hub.

    Args:
        bundle: the bundle.
        key: the public key, got another way.
        files: the folder of the version's files.
        checkpoint: an earlier checkpoint of the audit log, from which it must go on.
    """
    from lineage.proof import bundle_check

    return bundle_check.verify_bundle(
        bundle_check.BundleFiles(Path(bundle), Path(key), path_of(files), path_of(checkpoint))
    )


def verify_growth(request: Place, checkpoint: Place, key: Place) -> Growth:
    """Check what ``Hub.checkpoint`` wrote, without the hub: that the log goes on from an earlier checkpoint.

    Args:
        request: the file.
        checkpoint: the earlier checkpoint.
        key: the public key, got another way.
    """
    from lineage.proof import growth

    return growth.verify_growth(Path(request), Path(checkpoint), Path(key))


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe."""
    from corpushub.recipe.model import Recipe

    return Recipe.model_json_schema()


def warm(*recipes: Place, say: Callable[[str], None] | None = None) -> Warmed:
    """Compile what runs of *recipes*, or of any recipe with the usual settings, would compile: for images.

    Args:
        recipes: their files; what they look for is compiled instead of what is usual.
        say: is told what there is to wait for.

    Raises:
        RecipeError, PolicyError: a recipe cannot be run.
    """
    from corpushub.upkeep import warm as warming

    return warming.warm([Path(one) for one in recipes], say or (lambda _: None))


def make_example(folder: Place) -> Example:
    """Write the quickstart into *folder*: a small invented crawl, always the same, with its recipe and policy.

    Raises:
        BadFileName: the folder holds something, or cannot be written.
    """
    from corpushub.example import corpus

    return corpus.make_example(Path(folder))
