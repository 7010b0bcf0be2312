"""What a connector may raise.

ConnectorError
├── MissingSource     nothing matches a path, or it cannot be opened
├── StoreFailed       a store did not answer or broke off: another attempt may do
├── UnreadableSource  the bytes are not of the expected format from the first record on
└── BadOption         an option of the connector is unknown or contradicts another

DamagedError never leaves the connectors: readers count it as a failed record.
"""


class ConnectorError(Exception):
    """Reading a source failed as a whole; single broken records are counted failures instead."""


class MissingSource(ConnectorError):
    """Nothing matches a path, or the file cannot be opened (absent, no permission)."""


class StoreFailed(ConnectorError):
    """A store did not answer, or broke off while a file was listed, opened or read: another attempt may do."""


class UnreadableSource(ConnectorError):
    """The bytes are not of the expected format from the first record on."""


class BadOption(ConnectorError):
    """An option of the connector is unknown or contradicts another."""


class DamagedError(Exception):
    """A frame cannot be decoded further; *prefix* holds what the last step did decode."""

    def __init__(self, prefix: bytes) -> None:
        super().__init__("the compressed data are damaged")
        self.prefix = prefix
