"""What every connector must hold, as tests that any author of one can take over."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from connectors import Connector
from connectors.capture import CAPTURES, Extent, Limits, Slice
from connectors.errors import BadOption, MissingSource, UnreadableSource
from connectors.streams.files import SourceFile

SECRET = "secret words"


def read_rows(
    connector: Connector,
    part: Slice | Path,
    options: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    extent: Extent | None = None,
) -> list[dict[str, Any]]:
    """Return what *connector* yields of *part* as rows with the columns of CAPTURES."""
    part = Slice(str(part)) if isinstance(part, Path) else part
    batches = connector.read(part, options or {}, limits or Limits(), extent or Extent())
    rows: list[dict[str, Any]] = pa.Table.from_batches(list(batches), schema=CAPTURES).to_pylist()
    return rows


class ConnectorContract:
    """Tests of a connector, by pytest: subclass it, and give it two fixtures.

    ``connector`` returns the connectors.Connector, ``sample`` the path of a valid file of at least three records.

    Attributes:
        options: the options that the sample is read with.
        refuses_other_bytes: whether bytes of another format raise UnreadableSource; false where any bytes are valid.
        reads_empty_files: whether a file without bytes holds nothing; false where it is no valid file.
    """

    options: ClassVar[Mapping[str, Any]] = {}
    refuses_other_bytes: ClassVar[bool] = True
    reads_empty_files: ClassVar[bool] = True

    def test_batches_have_the_schema_of_captures(self, connector: Connector, sample: Path) -> None:
        """Every batch has exactly the columns and types of CAPTURES, and keeps within the limit of rows."""
        batches = list(connector.read(Slice(str(sample)), self.options, Limits(batch_rows=2), Extent()))
        assert sum(batch.num_rows for batch in batches) >= 3
        assert all(batch.schema == CAPTURES and 0 < batch.num_rows <= 2 for batch in batches)

    def test_records_stand_in_order_and_once(self, connector: Connector, sample: Path) -> None:
        """Reading twice gives the same rows, each with a place of its own."""
        rows = read_rows(connector, sample, self.options)
        assert rows == read_rows(connector, sample, self.options)
        places = [row["offset"] for row in rows]
        assert places == sorted(set(places))

    def test_slices_read_every_record_once(self, connector: Connector, sample: Path) -> None:
        """The slices that it cuts a file into give the rows of the whole file, and their extents meet."""
        parts = connector.split(SourceFile(str(sample), sample.name, sample.stat().st_size), 64)
        extents = [Extent() for _ in parts]
        found = [
            row
            for part, extent in zip(parts, extents, strict=True)
            for row in read_rows(connector, part, self.options, extent=extent)
        ]
        assert found == read_rows(connector, sample, self.options)
        assert all(
            left.ends == right.begins for left, right in pairwise(one for one in extents if one.begins is not None)
        )

    def test_what_is_too_large_fails_alone(self, connector: Connector, sample: Path) -> None:
        """A record above the limit is a failed row with its reason; none is lost and none has text beside a failure."""
        rows = read_rows(connector, sample, self.options, Limits(record_bytes=64))
        assert len(rows) == len(read_rows(connector, sample, self.options))
        assert all(row["text"] is None and row["payload"] is None for row in rows if row["failure"])

    def test_a_missing_file_and_an_unknown_option_are_refused(self, connector: Connector, tmp_path: Path) -> None:
        """It says which file it cannot open, and which option it does not know."""
        with pytest.raises(MissingSource, match="nothing-here"):
            read_rows(connector, tmp_path / "nothing-here", self.options)
        with pytest.raises(BadOption, match="colour"):
            read_rows(connector, tmp_path, {"colour": "red"})

    def test_another_format_is_refused_without_a_word_of_it(self, connector: Connector, tmp_path: Path) -> None:
        """Bytes of another format raise UnreadableSource, and its message holds none of them."""
        if not self.refuses_other_bytes:
            pytest.skip("any bytes are valid in this format")
        path = tmp_path / "data"
        path.write_bytes(f"\0{SECRET}".encode() + b"\xff\n" * 500)
        with pytest.raises(UnreadableSource) as refused:
            read_rows(connector, path, self.options)
        assert SECRET not in str(refused.value)

    def test_an_empty_file_holds_nothing(self, connector: Connector, tmp_path: Path) -> None:
        """No bytes, no rows, no error."""
        if not self.reads_empty_files:
            pytest.skip("a file without bytes is no file of this format")
        path, extent = tmp_path / "data", Extent()
        path.write_bytes(b"")
        assert read_rows(connector, path, self.options, extent=extent) == []
        assert extent.begins is None
