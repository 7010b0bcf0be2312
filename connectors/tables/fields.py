"""Map the fields of a table's records to the columns of CAPTURES."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

import orjson

from connectors.batches import Row, Run, utf8_size, weight
from connectors.capture import Failure, Limits
from connectors.errors import BadOption, UnreadableSource
from connectors.tables.dates import Dated, read_date, read_text

DEFAULTS = {
    "id": "id",
    "text": "text",
    "uri": "url",
    "license": "license",
    "date": "date",
    "title": "title",
    "author": "author",
    "media_type": None,
}
"""Where a table's record holds what; ``uri`` falls back to a field of that name, ``media_type`` is not read."""

Getter = Callable[[Any], Any]


def mapping(options: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the option ``fields`` completed with the defaults. Raises BadOption."""
    given = options.get("fields") or {}
    if not isinstance(given, Mapping):
        raise BadOption(f"option 'fields' must be a table of field paths, not {type(given).__name__}")
    for name, path in given.items():
        if name not in DEFAULTS:
            raise BadOption(f"option 'fields' has the unknown key {name!r}; known are: {', '.join(DEFAULTS)}")
        if not isinstance(path, str) or not path:
            raise BadOption(f"option 'fields': {name} must be a field path, such as \"meta.{name}\"")
    return {**DEFAULTS, **given}


def require_distinct(path: str, names: Sequence[str], mapped: Iterable[str]) -> None:
    """Raise UnreadableSource if one of the *mapped* columns is several of *names*, those of the file at *path*."""
    for name in mapped:
        if names.count(name) > 1:
            places = [str(place) for place, other in enumerate(names, start=1) if other == name]
            raise UnreadableSource(
                f"{path}: columns {' and '.join(places)} are both called {name!r}, which is mapped; nothing was read; "
                "rename all but one, or map another field"
            )


def columns_of(options: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Return those of a flat table's columns *names* that the option ``fields`` reads."""
    paths = {path for path in mapping(options).values() if path}
    if "uri" not in (options.get("fields") or {}):
        paths.add("uri")
    heads = (path.split(".")[:cut] for path in paths for cut in range(1, path.count(".") + 2))
    return sorted({".".join(head) for head in heads} & set(names))


@dataclass(frozen=True, slots=True)
class Fields:
    """Reads one record's mapped fields."""

    id: Getter
    text: Getter
    uri: Getter
    license: Getter
    date: Getter
    title: Getter
    author: Getter
    media_type: Getter

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Fields:
        """Build the getters that *options* ask for. Raises BadOption."""
        paths = mapping(options)
        getters = {name: getter(path) for name, path in paths.items()}
        getters["media_type"] = media_type_getter(paths["media_type"])
        if "uri" not in (options.get("fields") or {}):
            getters["uri"] = first_of(getter("url"), getter("uri"))
        return cls(**getters)

    def row(self, record: Mapping[str, Any], offset: int | None, length: int | None, limits: Limits) -> Row:
        """Return the row of *record*; its failure is set where the text cannot be had."""
        text, failure, detail = _bounded(self.text(record), limits.record_bytes)
        captured_at, mark = as_date(self.date(record))
        return Row(
            source_id=scalar(self.id(record)),
            uri=scalar(self.uri(record)),
            captured_at=captured_at,
            license=scalar(self.license(record)),
            title=scalar(self.title(record)),
            author=as_names(self.author(record)),
            media_type=None if failure else self.media_type(record),
            text=text,
            offset=offset,
            length=length,
            failure=failure,
            detail=detail,
            marks=None if mark is None else (mark.value,),
        )

    def run(
        self, records: Sequence[Mapping[str, Any]], offsets: Sequence[int], lengths: Sequence[int], limits: Limits
    ) -> Run:
        """Return the rows of *records*, which stand in *lengths* bytes at *offsets*, column by column.

        They are those that ``row`` makes of each.
        """
        texts, failures, details = _texts(list(map(self.text, records)), limits.record_bytes)
        dated = _dates(list(map(self.date, records)))
        kinds = map(self.media_type, records)
        known: dict[str, Sequence[Any]] = {
            "source_id": _scalars(map(self.id, records)),
            "uri": _scalars(map(self.uri, records)),
            "captured_at": [instant for instant, _ in dated],
            "license": _scalars(map(self.license, records)),
            "title": _scalars(map(self.title, records)),
            "author": _scalars(map(self.author, records), as_names),
            "media_type": [None if failure else kind for kind, failure in zip(kinds, failures, strict=True)],
            "text": texts,
            "offset": offsets,
            "length": lengths,
            "failure": failures,
            "detail": details,
            "marks": [None if mark is None else (mark.value,) for _, mark in dated],
        }
        columns = [known.get(name) or [value] * len(records) for name, value in Row()._asdict().items()]
        return Run(columns, [weight(text, None, length) for text, length in zip(texts, lengths, strict=True)])


def getter(path: str | None) -> Getter:
    """Return a function that reads *path* from a record: a field's name, or names joined by dots.

    At each level the longest name that exists wins; a number indexes a list; JSON held as text is entered.
    """
    if path is None:
        return lambda record: None
    if "." not in path:
        return methodcaller("get", path)
    return lambda record: _descend(record, path)


def media_type_getter(path: str | None) -> Getter:
    """Return a function that reads the media type at *path*, text/plain where there is none."""
    if path is None:
        return lambda record: "text/plain"
    read = getter(path)
    return lambda record: as_media_type(read(record))


def first_of(one: Getter, other: Getter) -> Getter:
    """Return a function that reads *one*, and *other* where that is null or empty."""
    return lambda record: one(record) or other(record)


def _descend(value: Any, path: str) -> Any:
    if isinstance(value, str | bytes) and value[:1] in ("{", "[", b"{", b"["):
        value = _parsed(value)
    if isinstance(value, list):
        value = dict(zip(map(str, range(len(value))), value, strict=True))
    if not isinstance(value, Mapping):
        return None
    if path in value:
        return value[path]
    parts = path.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        head = ".".join(parts[:cut])
        if head in value:
            return _descend(value[head], ".".join(parts[cut:]))
    return None


def _parsed(value: str | bytes) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None


def scalar(value: Any) -> str | None:
    """Return *value* as a string: null and "" as None, a list of one as its item, other structures as JSON."""
    if type(value) is str:
        return value or None
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 1:
        return scalar(value[0])
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace") or None
    if isinstance(value, bool | list | dict):
        return orjson.dumps(value, default=str).decode()
    return str(value)


def as_names(value: Any) -> str | None:
    """Return the names in *value*, a name or a list of names or of objects with one, joined by "; "; None if none."""
    many = value if isinstance(value, list) else [value]
    names = (scalar(one.get("name") if isinstance(one, Mapping) else one) for one in many)
    return "; ".join(filter(None, names)) or None


def as_text(value: Any) -> tuple[str | None, str | None, str | None]:
    """Return *value* as text, or the Failure for which it is none and what is wrong; bytes must be UTF-8."""
    if isinstance(value, str):
        return value, None, None
    if not isinstance(value, bytes):
        return None, Failure.MISSING_TEXT.value, _no_text(value)
    try:
        return value.decode(), None, None
    except UnicodeDecodeError as error:
        return None, Failure.BAD_ENCODING.value, no_utf8(error)


def _no_text(value: Any) -> str:
    """Return what stands in the place of a text."""
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return "the text is null or not there" if value is None else f"the text is {kinds.get(type(value), 'no string')}"


def above(limit: int) -> str:
    """Return what is said of a record above the *limit* (bytes)."""
    return f"more than {limit:,} bytes"


def no_utf8(error: UnicodeDecodeError) -> str:
    """Return where bytes are not UTF-8."""
    return f"byte {error.start:,} is not UTF-8"


def _bounded(value: Any, limit: int) -> tuple[str | None, str | None, str | None]:
    """Return *value* as text of at most *limit* bytes, or the Failure for which it is none and what is wrong."""
    text, failure, detail = (value, None, None) if type(value) is str else as_text(value)
    if text is not None and 4 * len(text) > limit and utf8_size(text) > limit:
        return None, Failure.TOO_LARGE.value, above(limit)
    return text, failure, detail


def _texts(values: list[Any], limit: int) -> tuple[Sequence[str | None], ...]:
    """Return what _bounded makes of each of *values*: texts, failures and details."""
    if set(map(type, values)) == {str} and 4 * max(map(len, values)) <= limit:
        nothing: list[str | None] = [None] * len(values)
        return values, nothing, nothing
    return tuple(zip(*(_bounded(value, limit) for value in values), strict=True))


def _scalars(values: Iterable[Any], other: Getter = scalar) -> list[str | None]:
    """Return what *other* makes of each of *values*; of a string it makes that string, and None of "" and None."""
    return [(value or None) if value is None or type(value) is str else other(value) for value in values]


def _dates(values: Sequence[Any]) -> list[Dated]:
    known = {value: read_text(value) for value in {value for value in values if type(value) is str}}
    return [known[value] if type(value) is str else as_date(value) for value in values]


def as_date(value: Any) -> Dated:
    """Return a date in microseconds since 1970 (UTC), or why there is none; of a list of one its item."""
    if isinstance(value, list) and len(value) == 1:
        return as_date(value[0])
    if isinstance(value, bytes):
        return read_text(value.decode("utf-8", "replace"))
    return read_date(value)


def as_media_type(value: Any) -> str:
    """Return a media type in lower case without parameters; text/plain where there is none."""
    return (scalar(value) or "text/plain").split(";")[0].strip().lower()
