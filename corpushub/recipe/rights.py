"""What a recipe brings to decide on rights: the policy, the agents that sites are asked about, registries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.streams.files import DigestedFile, list_files
from corpushub.errors import RecipeError
from corpushub.recipe.model import PolicyUse, Recipe
from pipelines.rights.decide import Finder
from pipelines.rights.finders import PageFinder, SiteFinder
from pipelines.rights.site_files import SiteFilesTask
from policies.consent.agents import Agents, load_agents, shipped_agents
from policies.consent.registries import Registries
from policies.errors import InvalidPolicy
from policies.rules.engine import Policy
from policies.rules.policy_file import check_agents, find_policy, load_policy


@dataclass(frozen=True, slots=True)
class Rights:
    """What decides on rights.

    Attributes:
        policy: None if the recipe has no [policy]; evidence is looked for all the same.
        agents: the AI user agents that sites are asked about; None for the shipped list.
        registries: paths of the registry files.
        digest: identifies what the registries say; empty without any.
    """

    policy: Policy | None = None
    agents: Agents | None = None
    registries: tuple[str, ...] = ()
    digest: str = ""

    def meaning(self) -> Any:
        """Describe as JSON what decisions depend on, besides sources and the files of sites."""
        return [self.policy.digest if self.policy else None, self.digest, repr(self.agents)]

    def finders(self, sites: Sequence[DigestedFile], work: str) -> tuple[Finder, ...]:
        """Return what looks for evidence, given the files of *sites*; they are collected in the folder *work*."""
        task = SiteFilesTask(tuple(sites), work) if sites else None
        return PageFinder(self.agents), SiteFinder(task, self.registries, self.digest, self.agents)


def load_rights(recipe: Recipe, root: Path) -> Rights:
    """Load what the recipe's [policy] names, looked up below *root*.

    Raises:
        PolicyError: a file cannot be read, or cannot be meant.
        MissingSource: a pattern of registries matches nothing.
        RecipeError: the policy asks for languages, which the recipe does not identify, or for agents that it does not
            ask sites about.
    """
    section = recipe.policy
    if section is None:
        return Rights()
    policy = load_policy(find_policy(section.file, root))
    if "language" in policy.uses and all(use.use != "language" for use in recipe.step):
        message = (
            f"the policy {policy.name} has rules about languages, and the recipe identifies none; nothing was read; "
        )
        raise RecipeError(message + 'add a step with use = "language"')
    agents = load_agents(root / section.agents) if section.agents else None
    _check_agents(policy, agents or shipped_agents())
    paths = _registry_files(section, root)
    return Rights(policy, agents, paths, Registries.load(paths).digest if paths else "")


def _check_agents(policy: Policy, agents: Agents) -> None:
    try:
        check_agents(policy.rules, agents.tokens)
    except InvalidPolicy as error:
        message = f"the policy {policy.name}: {error}; nothing was read; "
        raise RecipeError(message + "name a list that has it as `agents` of [policy]") from error


def _registry_files(section: PolicyUse, root: Path) -> tuple[str, ...]:
    return tuple(file.path for file in list_files(section.registries, str(root))) if section.registries else ()
