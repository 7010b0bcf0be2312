"""How long pyarrow's client of S3 goes on with a request that fails for a reason that may pass.

A module of its own: pyiceberg takes it by name, and stores are named where pyarrow need not be imported.
"""

from __future__ import annotations

from pyarrow.fs import AwsStandardS3RetryStrategy

ATTEMPTS = 6
"""How often a request is made. The pauses between grow to 16 seconds and are drawn by lot: a store that refuses
connections is given up after 4 to 20 seconds."""


class Retries(AwsStandardS3RetryStrategy):  # type: ignore[misc]
    """Requests are made again after growing pauses, as the AWS SDK's standard has it."""

    def __init__(self) -> None:
        super().__init__(max_attempts=ATTEMPTS)
