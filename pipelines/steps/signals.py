"""Add signal columns to a batch, and judge them: a rule compares the column as stored, in float32."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.kernels.languages.names import LANGUAGES, meant_by
from pipelines.outcome import Rule
from pipelines.reasons import Reason


def attach(batch: pa.RecordBatch, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """Return *batch* with *columns*, in place of those of the same names."""
    for name, column in columns.items():
        place = batch.schema.get_field_index(name)
        batch = batch.append_column(name, column) if place < 0 else batch.set_column(place, name, column)
    return batch


def signal(
    values: npt.NDArray[np.generic], kind: pa.DataType, applied: npt.NDArray[np.bool_] | None = None
) -> pa.Array:
    """Return *values* (n) as a column of type *kind*, null where a rule is not *applied* (bool, n)."""
    return pa.array(values, mask=None if applied is None else ~applied).cast(kind, safe=False)


def spread(values: npt.NDArray[np.generic], kind: pa.DataType, chosen: npt.NDArray[np.bool_]) -> pa.Array:
    """Return a column of type *kind* with *values* in order where *chosen* (bool, n), and null elsewhere."""
    full = np.zeros(len(chosen), values.dtype)
    full[chosen] = values
    return signal(full, kind, chosen)


def ratio(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return part / whole, and 0 where the whole is 0."""
    return part / np.maximum(whole, 1)


def above(column: pa.Array, limit: float, reason: Reason) -> Rule:
    """Drop for *reason* where *column* exceeds *limit*; a null is not judged."""
    return Rule(reason, pc.greater(column, pa.scalar(limit).cast(column.type)), column)


def below(column: pa.Array, limit: float, reason: Reason) -> Rule:
    """Drop for *reason* where *column* is less than *limit*; a null is not judged."""
    return Rule(reason, pc.less(column, pa.scalar(limit).cast(column.type)), column)


def written_in(batch: pa.RecordBatch, languages: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Tell which documents are in one of *languages*; one without a language is in none: bool, n."""
    return np.isin(batch["language"].to_numpy(zero_copy_only=False), languages)


def require_ratios(**values: float) -> None:
    """Raise ValueError unless each value is a share from 0 to 1."""
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is a share from 0 to 1, not {value}")


def require_languages(languages: tuple[str, ...]) -> None:
    """Raise ValueError unless *languages* holds codes of languages that can be identified, at least one."""
    if not languages or isinstance(languages, str):
        raise ValueError('languages is a list of language codes, such as ["en"]')
    for code in languages:
        if code not in LANGUAGES:
            near = meant_by(str(code))
            said = f"; did you mean {near!r} ({LANGUAGES[near]})?" if near else ""
            raise ValueError(
                f"no language can be identified as {code!r}{said}; languages are named by codes of ISO 639-1"
            )
