"""What a hub asks of a recipe and the recipe does not say: refused, or said of the version for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from corpushub.errors import Undocumented
from corpushub.recipe.documentation.lacking import Lacking, lacking, to_paste
from corpushub.recipe.documentation.requirements import FILE, load_requirements
from corpushub.recipe.model import Recipe
from lineage.control.documentation.records import UNDOCUMENTED
from lineage.hub.home import Home
from lineage.storage.as_json import LINES

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is missing in the documentation of a recipe.

    Attributes:
        required: without it the hub runs nothing: title, source.NAME.owner and the like.
        recommended: what else the hub asks for.
        paste: the TOML for the recipe that says what is required.
    """

    required: Sequence[str] = ()
    recommended: Sequence[str] = ()
    paste: str = field(default="", metadata={LINES: True})

    def refuse(self, home: Home) -> None:
        """Refuse the run that lacks what the hub in *home* requires.

        Raises:
            Undocumented: nothing was read.
        """
        if self.required:
            message = (
                f"the recipe does not say what this hub requires ({home.path / FILE}): {', '.join(self.required)}; "
            )
            remedy = "nothing was read; add this to the recipe and fill it in, or run it with --undocumented:"
            raise Undocumented(f"{message}{remedy}\n\n{self.paste}")

    def not_done(self, *, written: bool) -> dict[str, str]:
        """Return what a version is told to lack; *written* tells whether the recipe has the section at all."""
        told = {UNDOCUMENTED: f"without {', '.join(self.required)}, which the hub requires"} if self.required else {}
        if self.recommended and written:
            told["documentation"] = f"without {_listed(self.recommended)}"
        elif self.recommended:
            told["documentation"] = "not written"
        return told


NO_GAPS: Final = Gaps()
"""Nothing is missing."""


def gaps_of(home: Home, recipe: Recipe) -> Gaps:
    """Return what the hub in *home* asks of *recipe* in vain.

    Raises:
        RecipeError: the hub's file cannot be used.
    """
    asked = load_requirements(home)
    required = lacking(recipe, asked.needed(recipe))
    recommended = [one for one in lacking(recipe, asked.recommended) if one not in required]
    return Gaps(_names(required), _names(recommended), to_paste(recipe, required))


def _names(missing: Sequence[Lacking]) -> tuple[str, ...]:
    return tuple(one.name for one in missing)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:_SHOWN])} and {more} more"
