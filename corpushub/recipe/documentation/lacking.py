"""What a recipe does not say of what may be asked for, and the TOML that says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from corpushub.printable import one_line
from corpushub.recipe.model import UNKNOWN, Pii, Recipe
from corpushub.recipe.sections.documented import Documentation, DocumentedSource, Model
from lineage.control.documentation.model import ABOUT
from policies.pii.actions import KEYED, Action

_OF_SOURCES: Final = {
    "license": 'an SPDX expression for all records, or "per-record"',
    **{name: str(one.description) for name, one in DocumentedSource.model_fields.items()},
}
MEANINGS: Final[Mapping[str, str]] = {
    **{name: str(Documentation.model_fields[name].description) for name in ABOUT},
    **{f"source.{name}": words for name, words in _OF_SOURCES.items()},
    **{f"model.{name}": str(one.description) for name, one in Model.model_fields.items()},
}
"""All that can be asked for, as NAME of [documentation], source.NAME or model.NAME, and what it means."""

_LEFT: Final = {Action.KEEP, *KEYED}


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a recipe does not say.

    Attributes:
        asked: what it was asked for, one of MEANINGS.
        source: the name of the source of which it does not say it; None of what is no source's.
    """

    asked: str
    source: str | None = None

    @property
    def key(self) -> str:
        """The key in its table."""
        return self.asked.rpartition(".")[2]

    @property
    def name(self) -> str:
        """What is missing, in one word: title, model.provider, source.NAME.owner."""
        return self.asked if self.source is None else f"source.{one_line(self.source)}.{self.key}"


def lacking(recipe: Recipe, asked: Iterable[str]) -> tuple[Lacking, ...]:
    """Return what *recipe* does not say of what is *asked*: of each source what is asked of sources."""
    return tuple(one for name in asked for one in _lacking(recipe, name))


def _lacking(recipe: Recipe, asked: str) -> Iterator[Lacking]:
    table, _, key = asked.rpartition(".")
    if table == "source":
        blank = (None, UNKNOWN)
        yield from (Lacking(asked, one.name) for one in recipe.source if getattr(one, key) in blank)
    elif not getattr(recipe.model if table == "model" else recipe.documentation, key, None):
        yield Lacking(asked)


def keeps_personal_data(held: Iterable[str | None], section: Pii | None) -> bool:
    """Tell whether documents may hold personal data, as far as is known.

    Not if each source says that it holds none; *held* is what sources say (`personal_data`). Else yes, unless personal
    data is looked for as *section* says and everything found is taken out: what is kept or replaced by a pseudonym is
    personal data still (GDPR, recital 26).
    """
    if all((words or "").strip().lower() == "none" for words in held):
        return False
    return section is None or section.incomplete == "keep" or bool(_LEFT & {section.default, *section.actions.values()})


def to_paste(recipe: Recipe, missing: Sequence[Lacking]) -> str:
    """Return the TOML that *recipe* lacks: a line for each of what is *missing*, below the head of its table."""
    blocks: dict[str, list[str]] = {}
    for one in missing:
        instead = f", instead of {UNKNOWN}" if _is_said(recipe, one) else ""
        blocks.setdefault(_head(recipe, one), []).append(f'{one.key} = ""  # {MEANINGS[one.asked]}{instead}')
    return "\n\n".join("\n".join([head, *lines]) for head, lines in blocks.items())


def _is_said(recipe: Recipe, one: Lacking) -> bool:
    """Tell whether the recipe has the key of *one*, though nothing is known by it: two of a name are no TOML."""
    return any(each.name == one.source and one.key in each.model_fields_set for each in recipe.source)


def _head(recipe: Recipe, one: Lacking) -> str:
    if one.source is not None:
        return f"# to [[source]], below name = {one.source!r}:"
    table, said = ("model", recipe.model) if one.asked.startswith("model.") else ("documentation", recipe.documentation)
    return f"[{table}]" if said is None else f"# to [{table}]:"
