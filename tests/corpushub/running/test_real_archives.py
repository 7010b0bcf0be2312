from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[4] / "shared" / "data"

RECIPE = """
[dataset]
name = "archives"
[[source]]
name = "warc"
connector = "warc"
paths = ["{0}/webarchives/**/*.warc", "{0}/webarchives/**/*.warc.gz"]
[[source]]
name = "arc"
connector = "arc"
paths = ["{0}/webarchives/**/*.arc", "{0}/webarchives/**/*.arc.gz"]
[[source]]
name = "wet"
connector = "wet"
paths = ["{0}/webarchives/**/*.wet", "{0}/webarchives/**/*.wet.gz"]
[[step]]
use = "language"
[dedup]
"""


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not beside the project")
def test_archives_of_seven_projects_are_read_to_the_end(tmp_path: Path, corpushub: Any) -> None:
    """Broken, cut and odd archives neither crash nor lose count; originals give revisits their text."""
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.format(SHARED), encoding="utf-8")
    run = corpushub("run", recipe, "--hub", tmp_path / "hub", "--yes")
    counts = run["counts"]

    assert counts["read"] == counts["kept"] + counts["dropped"] + counts["failed"] > 400
    assert counts["kept"] > 100
    assert {"wrong_length", "truncated", "revisit"} <= set(run["reasons"])
    assert run["failed_shards"] == {}
