"""What is raised of bytes that are not what they claim to be."""

from __future__ import annotations

import csv
import sqlite3
import struct
import zlib
from typing import Final

import pyarrow as pa

OF_DAMAGED_BYTES: Final = (
    OSError,
    ValueError,
    EOFError,
    LookupError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    pa.ArrowException,
    csv.Error,
    sqlite3.Error,
    struct.error,
    zlib.error,
)
"""What libraries raise of bytes that are not what they claim. A TypeError or AttributeError is our own mistake, and
ends the run."""
