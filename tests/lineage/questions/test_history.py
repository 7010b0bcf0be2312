from __future__ import annotations

from collections.abc import Callable

import pytest

from lineage.control.versions import Version
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.questions.history import history, list_runs, show_run
from lineage.references import RunRef


def test_history_and_runs(hub: Hub, make_version: Callable[..., Version]) -> None:
    """History lists versions and runs newest first, each run with its inputs on request."""
    make_version("r1", [1], {2: 1})
    make_version("r2", [1, 2])
    assert [entry.version for entry in history(hub, "fruit").versions] == ["fruit@v2", "fruit@v1"]
    assert history(hub, "fruit").versions[1].counts["dropped"] == 1
    assert {run.run: run.version for run in list_runs(hub).runs} == {"run:r1": "fruit@v1", "run:r2": "fruit@v2"}
    run = show_run(hub, RunRef("r1"))
    assert (run.state, run.counts["read"], run.inputs[0].name) == ("committed", 2, "crawl/a.warc.gz")
    with pytest.raises(UnknownReference):
        history(hub, "nothing")
