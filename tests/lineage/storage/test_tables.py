from __future__ import annotations

import pyarrow as pa
import pytest

from lineage.storage.tables import DOCUMENTS, LEDGER, documents_schema, signals_of, stored_type


def test_ledger_has_no_text() -> None:
    """The ledger can be shown to anyone: it has no column for text."""
    assert "text" not in LEDGER.names


def test_signals_follow_the_fixed_columns_by_name() -> None:
    """The order in which a recipe names its signals leaves no mark on the schema."""
    one = documents_schema({"words": pa.int32(), "symbols": pa.float64()})
    two = documents_schema({"symbols": pa.float64(), "words": pa.int32()})
    assert one.equals(two)
    assert one.names == [*DOCUMENTS.names, "symbols", "words"]
    assert signals_of(one) == {"words": pa.int32(), "symbols": pa.float64()}


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (pa.uint8(), pa.int32()),
        (pa.int16(), pa.int32()),
        (pa.uint32(), pa.int64()),
        (pa.float16(), pa.float32()),
        (pa.float64(), pa.float64()),
        (pa.large_string(), pa.string()),
        (pa.dictionary(pa.int8(), pa.string()), pa.string()),
        (pa.bool_(), pa.bool_()),
    ],
)
def test_signals_are_stored_in_types_of_iceberg(given: pa.DataType, stored: pa.DataType) -> None:
    """Each signal is stored in the narrowest type of Iceberg that holds it."""
    assert stored_type(given) == stored


def test_signals_that_cannot_be_stored_are_refused() -> None:
    """A signal of a nested type, or with the name of a fixed column, is an error before anything is written."""
    with pytest.raises(ValueError, match="list"):
        documents_schema({"scores": pa.list_(pa.int32())})
    with pytest.raises(ValueError, match="uri"):
        documents_schema({"uri": pa.string()})
