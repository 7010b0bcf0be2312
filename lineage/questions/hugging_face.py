"""The Hugging Face layout of a dataset: a card with YAML front matter, and data/train-NNNNN-of-NNNNN.parquet.

Card: https://huggingface.co/docs/hub/datasets-cards; file names: https://huggingface.co/docs/hub/datasets-file-names-and-splits.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from lineage.control.versions import Version
from lineage.storage.files import open_parquet
from lineage.storage.parquet import canonical
from lineage.storage.tables import documents_schema, signals_of

BATCH_ROWS = 1024
UNKNOWN = "unknown"

_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")

_LICENSES = """
    apache-2.0 mit cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0
    cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0
    cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 eupl-1.1
    eupl-1.2 agpl-3.0 gfdl gpl-2.0 gpl-3.0 lgpl-2.1 lgpl-3.0 isc bsd-2-clause bsd-3-clause bsd-3-clause-clear
    bsl-1.0 mpl-2.0 ms-pl ncsa ofl-1.1 osl-3.0 postgresql unlicense zlib pddl artistic-2.0 afl-3.0 lppl-1.3c odbl
    odc-by
"""

LICENSES = frozenset(_LICENSES.split())
"""Identifiers that the hub knows; everything else is written as "other"."""

_SPELLED = {
    "pddl-1.0": "pddl",
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "gfdl-1.3": "gfdl",
    "unknown": "unknown",
}


def data_name(index: int, count: int) -> str:
    """Return the name of data file *index* of *count*."""
    return f"data/train-{index:05}-of-{count:05}.parquet"


def write_data(source: str, target: Path) -> None:
    """Write the rows of the data file *source* as Parquet that the datasets library reads.

    It knows no maps, and wants the same columns in every file: those that an older one lacks are null.
    """
    target.parent.mkdir(exist_ok=True)
    with open_parquet(source) as file, target.open("wb") as sink:
        stored = documents_schema(signals_of(file.schema_arrow))
        schema = pa.schema([_without_map(field) for field in stored])
        with pq.ParquetWriter(sink, schema, compression="zstd", write_page_index=True) as writer:
            for batch in file.iter_batches(BATCH_ROWS * 8):
                whole = canonical(pa.Table.from_batches([batch]), stored)
                columns = [_cast(whole[field.name].chunk(0), field.type) for field in schema]
                writer.write_batch(pa.record_batch(columns, schema=schema), row_group_size=BATCH_ROWS * 8)
        sink.flush()
        os.fsync(sink.fileno())


def _without_map(field: pa.Field) -> pa.Field:
    """Return *field* with maps as lists of {key, value}, without metadata."""
    kind = field.type
    if pa.types.is_map(kind):
        kind = pa.list_(pa.struct({"key": kind.key_type, "value": kind.item_type}))
    return pa.field(field.name, kind)


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return *column* as *kind*; a map's entries are those of the list."""
    if not pa.types.is_map(column.type):
        return column
    entries = pa.StructArray.from_arrays([column.keys, column.items], fields=list(kind.value_type))
    return pa.ListArray.from_arrays(column.offsets, entries, type=kind, mask=column.is_null())


def card(version: Version, not_done: Mapping[str, str]) -> str:
    """Return README.md: the front matter that the hub reads, and where the documents came from."""
    return _front_matter(version) + _body(version, not_done)


def size_category(documents: int) -> str:
    """Return the hub's size category of *documents* rows."""
    bounds = [10 ** (3 + place) for place in range(len(_SIZES))]
    for place, bound in enumerate(bounds):
        if documents < bound:
            return f"n<{_SIZES[0]}" if place == 0 else f"{_SIZES[place - 1]}<n<{_SIZES[place]}"
    return f"n>{_SIZES[-1]}"


def license_ids(licenses: Mapping[str, int]) -> list[str]:
    """Return the hub's identifiers for SPDX expressions, each once, sorted; "other" where it has none."""
    return sorted({_license_id(name) for name, count in licenses.items() if count})


def _license_id(name: str) -> str:
    lower = name.lower().removesuffix("-only").removesuffix("-or-later")
    lower = _SPELLED.get(lower, lower)
    return lower if lower in LICENSES or lower == UNKNOWN else "other"


def _front_matter(version: Version) -> str:
    languages = sorted(code for code, count in version.languages.items() if count and code not in {UNKNOWN, "und"})
    lines = ["---", f"pretty_name: {_quoted(version.name)}"]
    lines += _listed("license", license_ids(version.licenses)) + _listed("language", languages)
    lines += _listed("size_categories", [size_category(version.documents)]) + _listed("tags", ["corpushub"])
    if version.documents:
        lines += ["configs:", "- config_name: default", "  data_files:", "  - split: train"]
        lines += ['    path: "data/train-*.parquet"']
    return "\n".join([*lines, "---", ""])


def _listed(key: str, values: list[str]) -> list[str]:
    """Return a YAML list; its values quoted, since "no" is a language and not a truth value."""
    return [f"{key}:", *[f"- {_quoted(value)}" for value in values]] if values else []


def _quoted(text: str) -> str:
    """Return *text* as a YAML string: every JSON string is one (YAML 1.2, section 1.3)."""
    return orjson.dumps(text).decode()


def _body(version: Version, not_done: Mapping[str, str]) -> str:
    lines = ["", f"# {version.name}", "", f"{version.documents:,} documents, written by corpushub {version.created}."]
    lines += ["", "| fact | value |", "| --- | --- |", f"| run | `{version.run}` |"]
    lines += [f"| recipe digest | `{version.recipe_digest}` |", f"| manifest root | `{version.manifest_root}` |"]
    for title, counts in (("Sources", version.sources), ("Licences", version.licenses)):
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        lines += ["", f"## {title}", "", f"| {title.lower()} | documents |", "| --- | ---: |"]
        lines += [f"| {name.replace('|', chr(92) + '|')} | {count:,} |" for name, count in ranked]
    if not_done:
        lines += ["", "## Not done", "", *[f"- {name}: {words}" for name, words in sorted(not_done.items())]]
    lines += [
        "",
        "The licence of each document is in the column `license`. This is a copy: what is erased from the hub",
    ]
    return "\n".join([*lines, "later is not erased here. Ask the hub, and replace the copy.", ""])
