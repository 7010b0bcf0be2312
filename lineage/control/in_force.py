"""What runs of a dataset must not take in: suppressions of the whole hub, and the rules of withdrawals from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from lineage.control.records import digest_of_rules, digest_of_suppressions, table_rows
from lineage.hub.schema import STANDING_RULES, SUPPRESSIONS


@dataclass(frozen=True, slots=True)
class InForce:
    """What runs of a dataset must not take in, as it was read once.

    Attributes:
        dataset: its name.
        suppressions: all of the hub, by kind and value: kind, value, key_id, receipt, created.
        rules: of the dataset, by kind and value: dataset, kind, value, run.
    """

    dataset: str
    suppressions: Sequence[Mapping[str, str]]
    rules: Sequence[Mapping[str, str]]

    @property
    def digests(self) -> dict[str, str]:
        """The records that it is made of, with the digest of each; those of which there is nothing are left out."""
        return digest_of_suppressions(self.suppressions) | digest_of_rules(self.dataset, self.rules)


def read_in_force(connection: Connection, dataset: str) -> InForce:
    """Return what runs of *dataset* must not take in."""
    rules = table_rows(connection, STANDING_RULES, STANDING_RULES.c.dataset == dataset)
    return InForce(dataset, [*table_rows(connection, SUPPRESSIONS)], [*rules])
