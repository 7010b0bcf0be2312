"""What the front door may raise.

HubError
├── RecipeError        a recipe cannot be read, or a key in it is unknown or has a wrong value
│   ├── WrongDigest        a file is not the one that the recipe means
│   └── Undocumented       the recipe does not say of its dataset what the hub requires
├── BadFileName        the name of a file to write does not say in which form
├── BadRequest         what to erase cannot be understood, or cannot be found for want of a key
├── Suppressed         a run could take somebody in again who was erased
├── ReportNotWritten   the file of a report could not be written
└── RunFailed          a run ended without a version
    ├── NothingKept        the version would be empty, or too little of what was read would be in it
    └── TooManyFailed      too much of a source could not be read
"""


class HubError(Exception):
    """A command could not be carried out."""


class RecipeError(HubError):
    """A recipe cannot be read, or a key in it is unknown or has a wrong value; nothing was touched."""


class WrongDigest(RecipeError):
    """A file's bytes are not those that the recipe means by its SHA-256; nothing was touched."""


class Undocumented(RecipeError):
    """The recipe does not say of its dataset what the hub requires; nothing was read."""


class BadFileName(HubError):
    """The name of a file to write does not say in which form; nothing was written."""


class BadRequest(HubError):
    """What to erase cannot be understood, or cannot be found for want of a key; nothing was changed."""


class Suppressed(HubError):
    """A run could take somebody in again who was erased; nothing was touched."""


class ReportNotWritten(HubError):
    """The file of a report could not be written; what stood there is unchanged."""


class RunFailed(HubError):
    """A run ended without a version; what it computed is kept for the next attempt."""


class NothingKept(RunFailed):
    """The version would be empty, or too little of what was read would be in it; nothing was committed."""


class TooManyFailed(RunFailed):
    """Too large a share of a source's records could not be read; nothing was committed."""
