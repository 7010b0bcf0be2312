"""What this package may raise.

PolicyError
├── MissingPolicy   the policy file cannot be opened
├── InvalidPolicy   the policy file is not TOML, has an unknown key, or a rule that cannot be meant
├── InvalidScrub    a personal data setting is unknown or out of range
├── TooCostly       a page says so much of rights that judging it would take too long
└── MissingKey      the key for pseudonyms and hashes is not there, too short, or another one than planned
"""


class PolicyError(Exception):
    """A policy or a personal data setting cannot be used; nothing was decided and no text was changed."""


class MissingPolicy(PolicyError):
    """The policy file cannot be opened."""


class InvalidPolicy(PolicyError):
    """The policy file is not TOML, has an unknown key, or a rule that cannot be meant."""


class InvalidScrub(PolicyError):
    """A personal data setting is unknown or out of range."""


class MissingKey(PolicyError):
    """The key for pseudonyms and hashes is not there, too short, or another one than when the run was planned."""


class TooManySiteFiles(PolicyError):
    """The robots.txt and other site files of a run are more than one table holds."""


class TooCostly(PolicyError):
    """A page says so much of rights that judging it would take too long."""


class InvalidRegistry(PolicyError):
    """A registry file has no kind, an unknown key, or an entry that is none of its kind."""
