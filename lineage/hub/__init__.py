"""A hub, opened: where it stands, and its control database, connected once for whatever is asked of it."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lineage.hub.home import Home

if TYPE_CHECKING:
    from lineage.hub.database import Database


class Hub:
    """A hub: what functions of this package take.

    Making one opens nothing. The database is opened by the first who asks for it, once, and may be used by any thread;
    leaving the ``with`` block closes it.

    Attributes:
        home: where the hub's parts stand.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self._db: Database | None = None
        self._opening = threading.Lock()

    @classmethod
    def locate(cls, path: str | Path | None = None) -> Self:
        """Return the hub at *path*, else at CORPUSHUB_HOME, else in ``.corpushub`` of the current folder."""
        return cls(Home.locate(path))

    @property
    def db(self) -> Database:
        """The control database; HomeError if there is no hub, or it cannot be opened."""
        with self._opening:
            if self._db is None:
                from lineage.hub.connection import connect  # imports SQLAlchemy, which not every command needs

                self._db = connect(self.home)
            return self._db

    @property
    def exists(self) -> bool:
        """Whether there is anything to open."""
        return self.home.exists or bool(self.home.catalog)

    def require(self) -> None:
        """Raise HomeError if there is no hub: what would make one on its way asks first."""
        _ = self.db

    def close(self) -> None:
        """Close the database; the next who asks opens it again."""
        from lineage.hub.connection import disconnect

        with self._opening:
            if self._db is not None:
                disconnect(self._db)
                self._db = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
