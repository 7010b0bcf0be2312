"""Croissant documents checked by the validators that are installed: mlcroissant, and pyshacl with shapes of ours.

mlcroissant knows nothing of usageInfo, PROV-O and most of RAI: ``croissant.ttl`` says what these must look like.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import orjson

from corpushub.papers.fields import Json

SHAPES: Final = Path(__file__).parent / "croissant.ttl"
"""Shapes (SHACL) of ours for Croissant 1.1, RAI 1.0, PROV-O and ODRL, as ``croissant`` writes them."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What validators found.

    Attributes:
        validators: those that are installed, and looked at the document.
        problems: what each has found.
    """

    validators: tuple[str, ...]
    problems: tuple[str, ...]


def validate(document: Mapping[str, Json]) -> Validation:
    """Have *document* checked by all validators that are installed."""
    known = {"mlcroissant": _by_mlcroissant, "pyshacl": _by_shapes}
    there = [name for name in known if find_spec(name)]
    return Validation(tuple(there), tuple(f"{name}: {one}" for name in there for one in known[name](document)))


def _by_mlcroissant(document: Mapping[str, Json]) -> Iterator[str]:
    """Yield errors and warnings of mlcroissant, also those that it only logs."""
    mlcroissant = import_module("mlcroissant")
    told = _Told()
    loggers = [logging.getLogger(name) for name in ("absl", "root")]
    for logger in loggers:
        logger.addHandler(told)
    try:
        issues = mlcroissant.Dataset(jsonld=orjson.loads(orjson.dumps(document))).metadata.ctx.issues
    except (mlcroissant.ValidationError, ValueError) as error:
        yield str(error)
        return
    finally:
        for logger in loggers:
            logger.removeHandler(told)
    yield from sorted({*issues.errors, *issues.warnings, *told.messages})


class _Told(logging.Handler):
    """Keeps the warnings that are logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _by_shapes(document: Mapping[str, Json]) -> Iterator[str]:
    """Yield what violates the shapes."""
    pyshacl, rdflib = import_module("pyshacl"), import_module("rdflib")
    graph = rdflib.Graph().parse(data=orjson.dumps(document), format="json-ld")
    _, results, _ = pyshacl.validate(graph, shacl_graph=str(SHAPES), advanced=True)
    shacl = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    yield from sorted({str(message) for message in results.objects(None, shacl.resultMessage)})
