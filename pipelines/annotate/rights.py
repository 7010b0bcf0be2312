"""Decide on rights: profiles of the evidence found, and what a policy says of them as more is known."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from pipelines.annotate.treatment import PER_RECORD, Reading, Treatment
from pipelines.captures.extraction.parsed import ParsedPages
from pipelines.outcome import Outcome
from pipelines.rights.decide import add_profiles, extend_profiles, withhold
from pipelines.rights.finders import PageFinder, SiteFinder
from policies.rights.evidence import Where
from policies.rights.profiles import Profile


@dataclass(frozen=True, slots=True)
class Rights:
    """Decides on the captures of a task.

    Attributes:
        reading: how their source is read.
        treatment: with its finders and its policy.
        parsed: holds the pages that were parsed for their rights until their texts are taken.
        profiles: those met so far, by id.
    """

    reading: Reading
    treatment: Treatment
    parsed: ParsedPages
    profiles: dict[str, Profile] = field(default_factory=dict)

    @property
    def asks_language(self) -> bool:
        """Whether the policy says more once the language is known."""
        policy = self.treatment.policy
        return policy is not None and "language" in policy.uses

    @property
    def registries(self) -> list[SiteFinder]:
        """The finders that say more once the text is known."""
        return [one for one in self.treatment.finders if isinstance(one, SiteFinder) and one.registries]

    def add_profiles(self, batch: pa.RecordBatch) -> Outcome:
        """Keep every capture, with columns profile and policy, and the licence that counts."""
        where = Where.RECORD if self.reading.license == PER_RECORD else Where.SOURCE
        self.parsed.clear()
        finders = [one.holding(self.parsed) if isinstance(one, PageFinder) else one for one in self.treatment.finders]
        batch, found = add_profiles(batch, where, finders)
        self.profiles.update(found)
        policy = self.treatment.policy
        digest = pa.scalar(policy.digest if policy else None, pa.string())
        return Outcome.keep_all(batch.append_column("policy", pa.repeat(digest, batch.num_rows)))

    def decide(self, batch: pa.RecordBatch) -> Outcome:
        """Drop what the policy does not allow, whatever the language turns out to be."""
        return self._withhold(batch, final=not self.asks_language)

    def decide_finally(self, batch: pa.RecordBatch) -> Outcome:
        """Drop what the policy does not allow, now that the language is known."""
        return self._withhold(batch, final=True)

    def decide_by_content(self, batch: pa.RecordBatch) -> Outcome:
        """Drop what the policy does not allow now that registries were asked about the texts."""
        known = False
        for finder in self.registries:
            found = finder.of_contents(batch["content_id"])
            if any(found):
                batch, profiles = extend_profiles(batch, self.profiles, found)
                self.profiles.update(profiles)
                known = True
        return self._withhold(batch, final=True) if known else Outcome.keep_all(batch)

    def _withhold(self, batch: pa.RecordBatch, *, final: bool) -> Outcome:
        policy = self.treatment.policy
        return Outcome.keep_all(batch) if policy is None else withhold(batch, policy, self.profiles, final=final)
