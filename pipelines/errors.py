"""What running a pipeline may raise.

PipelineError
├── StageStalled   worker processes died or fell silent; a repeat resumes from the finished outputs
│   └── StoreSilent    or a store did, for longer than a task waits
├── StageLost      reports or rows are missing: the counts of a stage do not balance
├── TaskFailed     a task met an error that concerns the whole run: a full disk, a wrong option
├── PluginError    code of others that a recipe names is not there, or does not do what it should
├── ShardsFailed   more shards than allowed could not be read
├── SidecarMismatch    signatures were made with other parameters than are asked for
├── UnknownRunner  there is no runner of that name, or it does not take its options
├── UnfitWorker    a worker elsewhere does not reach what tasks need, or would compute something else
└── UnsafeRunner   the runner or its mode is known to lose data or to fetch programs
"""


class PipelineError(Exception):
    """A stage could not be completed; what it finished is kept for the next attempt."""


class StageStalled(PipelineError):
    """Worker processes died or fell silent; a repeat resumes from the finished outputs."""


class StoreSilent(StageStalled):
    """A store did not answer for longer than a task waits; a repeat resumes from the finished outputs."""


class StageLost(PipelineError):
    """Reports or rows are missing: the counts of a stage do not balance."""


class UnsafeRunner(PipelineError):
    """The runner or its mode is known to lose data or to fetch programs."""


class UnknownRunner(PipelineError):
    """There is no runner of that name, or it does not take its options."""


class UnfitWorker(PipelineError):
    """A worker elsewhere does not reach what tasks need, or would compute something else."""


class SidecarMismatch(PipelineError):
    """A file is not a sidecar, or its signatures were made with other parameters than are asked for."""


class PluginError(PipelineError):
    """Code of others that a recipe names is not there, cannot be loaded, or does not do what it should."""


class TaskFailed(PipelineError):
    """A task met an error that concerns the whole run: a full disk, a wrong option."""


class ShardsFailed(PipelineError):
    """More shards than allowed could not be read.

    Attributes:
        shards: name of each unreadable file and why.
    """

    def __init__(self, shards: dict[str, str]) -> None:
        self.shards = shards
        super().__init__(f"{len(shards)} file(s) could not be read: " + "; ".join(map(": ".join, shards.items())))
