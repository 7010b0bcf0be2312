from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from lineage.errors import AlteredDatabase
from lineage.hub import Hub
from lineage.hub.altered import require_unaltered
from lineage.hub.home import Home
from lineage.proof.verify import verify_hub

SQLITE = {
    "CREATE VIEW v AS SELECT * FROM runs": "the view v",
    "CREATE TRIGGER t AFTER DELETE ON runs BEGIN DELETE FROM versions; END": "the trigger t on runs",
    "CREATE TABLE x (a); CREATE TRIGGER t AFTER INSERT ON x BEGIN DELETE FROM versions; END": "the trigger t on x",
    "DROP TABLE run_texts; CREATE VIRTUAL TABLE run_texts USING fts5(run, policy_text)": "run_texts with VIRTUAL",
    "DROP TABLE run_texts; CREATE TABLE run_texts (run, policy_text AS (run))": "run_texts with AS",
    "DROP TABLE run_texts; CREATE TABLE run_texts (run UNIQUE ON CONFLICT REPLACE, policy_text)": "with CONFLICT",
    "DROP TABLE run_texts; CREATE TABLE run_texts (run COLLATE NOCASE, policy_text)": "with COLLATE",
    "DROP TABLE run_texts; CREATE TABLE run_texts (run REFERENCES runs ON DELETE CASCADE, policy_text)": "REFERENCES",
}

POSTGRESQL = {
    "ALTER TABLE runs RENAME TO r2; CREATE VIEW runs AS SELECT * FROM r2": "the view runs",
    "ALTER TABLE run_texts RENAME TO r2; CREATE MATERIALIZED VIEW run_texts AS SELECT * FROM r2": "materialized view",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
    "CREATE TRIGGER t BEFORE INSERT ON versions FOR EACH ROW EXECUTE FUNCTION f()": "the trigger t on versions",
    "CREATE RULE r AS ON INSERT TO suppressions DO INSTEAD NOTHING": "the rule r on suppressions",
    "CREATE POLICY p ON suppressions USING (false)": "the policy p on suppressions",
    "ALTER TABLE suppressions ENABLE ROW LEVEL SECURITY": "the row security suppressions",
    "CREATE TABLE more () INHERITS (suppressions)": "the inheriting table more on suppressions",
    "ALTER TABLE runs ADD COLUMN x text GENERATED ALWAYS AS (id) STORED": "the generated column x on runs",
}


def is_refused(hub: Hub, commands: str, words: str) -> bool:
    """Tell whether a hub in whose database *commands* were given says *words*, however it is asked."""
    with hub.db.begin() as connection:
        require_unaltered(connection)
        for command in commands.split("; CREATE"):
            connection.execute(text(command if command.startswith(("CREATE", "ALTER", "DROP")) else f"CREATE{command}"))
        with pytest.raises(AlteredDatabase, match=words):
            require_unaltered(connection)
    (problem,) = verify_hub(hub).mismatches
    with Hub(hub.home) as again:
        with pytest.raises(AlteredDatabase, match=words):
            _ = again.db
        return words in problem.problem and not verify_hub(again).ok


@pytest.mark.parametrize("commands", SQLITE)
def test_what_a_hub_never_makes_is_refused(hub: Hub, commands: str) -> None:
    """A view, a trigger, or a table with a will of its own is named before anything is asked."""
    assert is_refused(hub, commands, SQLITE[commands])


@pytest.mark.parametrize("backing", ["shared"], indirect=True)
@pytest.mark.parametrize("commands", POSTGRESQL)
def test_what_a_hub_never_makes_is_refused_on_a_server(backed_home: Home, commands: str) -> None:
    """On a server so are rules, policies, row security, and tables that others add rows to."""
    with Hub(backed_home) as hub:
        assert is_refused(hub, commands, POSTGRESQL[commands])


@pytest.mark.parametrize("backing", ["shared"], indirect=True)
def test_views_of_other_names_on_a_server_are_no_concern(backed_home: Home) -> None:
    """A server is not the hub's alone: what others make under names of their own stays theirs."""
    with Hub(backed_home) as hub, hub.db.begin() as connection:
        connection.execute(text("CREATE VIEW of_somebody AS SELECT * FROM runs"))
        require_unaltered(connection)


def test_a_home_that_may_only_be_read_refuses_too(hub: Hub) -> None:
    """Who may only read is not answered from a view either."""
    with hub.db.begin() as connection:
        connection.execute(text("CREATE VIEW v AS SELECT * FROM runs"))
    hub.close()
    database = Path(hub.home.path) / "hub.sqlite"
    database.chmod(stat.S_IRUSR)
    if os.access(database, os.W_OK):
        pytest.skip("this user may write whatever its permissions say")
    with pytest.raises(AlteredDatabase, match="the view v"):
        _ = Hub(hub.home).db
