from __future__ import annotations

from pathlib import Path

import pytest

from lineage.errors import HomeError
from lineage.hub.home import Home


def test_layout_stands_below_the_home(tmp_path: Path) -> None:
    """A new home has its folders, and its databases are SQLite files in it."""
    home = Home(tmp_path / "hub")
    assert not home.exists
    assert home.create().exists
    assert sorted(path.name for path in home.path.iterdir()) == ["locks", "runs", "warehouse", "work"]
    assert home.catalog_uri == f"sqlite:///{tmp_path}/hub/catalog.sqlite"
    assert home.control_uri == f"sqlite:///{tmp_path}/hub/hub.sqlite"
    assert home.data_folder("web", "ledger") == f"{tmp_path}/hub/warehouse/web/ledger/data"


def test_settings_move_catalog_and_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CORPUSHUB_CATALOG and CORPUSHUB_WAREHOUSE replace the embedded defaults."""
    monkeypatch.setenv("CORPUSHUB_CATALOG", "postgresql://db.example/hub")
    monkeypatch.setenv("CORPUSHUB_WAREHOUSE", "s3://lake/hub/")
    home = Home(tmp_path)
    assert home.catalog_uri == home.control_uri == "postgresql://db.example/hub"
    assert home.resolve("web/a.parquet") == "s3://lake/hub/web/a.parquet"
    assert home.relative("s3://lake/hub/web/a.parquet") == "web/a.parquet"


def test_home_is_located_by_argument_then_setting_then_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--hub goes before CORPUSHUB_HOME, which goes before .corpushub in the current folder."""
    monkeypatch.chdir(tmp_path)
    assert Home.locate().path == tmp_path / ".corpushub"
    monkeypatch.setenv("CORPUSHUB_HOME", str(tmp_path / "a"))
    assert Home.locate().path == tmp_path / "a"
    assert Home.locate("b").path == tmp_path / "b"


def test_paths_are_relative_to_the_warehouse(tmp_path: Path) -> None:
    """Paths go there and back; one outside the warehouse is refused."""
    home = Home(tmp_path)
    inside = f"{home.warehouse}/web/documents/data/a.parquet"
    assert home.relative(inside) == home.relative("web/documents/data/a.parquet") == "web/documents/data/a.parquet"
    assert home.resolve(home.relative(inside)) == home.resolve(inside) == inside
    with pytest.raises(HomeError, match="not inside the warehouse"):
        home.relative("/etc/passwd")


def test_home_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """A home below a plain file names the folder and what to do."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(HomeError, match=r"file/hub.*--hub"):
        Home(tmp_path / "file" / "hub").create()
