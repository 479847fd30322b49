# SPDX-License-Identifier: MIT
"""Opening the database: SQLite with a write-ahead log by default, PostgreSQL by URL.

Owns the engine. Invariant: a writing transaction takes SQLite's write lock at its start (BEGIN IMMEDIATE), so that
what it read is still true when it commits; on PostgreSQL the terminal's row lock (FOR UPDATE) does the same for one
terminal.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from tools.host import migration, trail
from tools.host.errors import SetupError
from tools.host.models import SCHEMA_VERSION, Base, Meta

_BUSY_TIMEOUT_MS = 10_000
_WRITING = "is_writing"


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", f"busy_timeout={_BUSY_TIMEOUT_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get(_WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


class Database:
    """Sessions on one database. `reading` never commits; `writing` commits when its block ends without an error,
    with what was noted for the audit trail.
    """

    def __init__(self, url: str) -> None:
        try:
            # hide_parameters: an error's text must not quote verifiers or key blocks.
            self._engine = create_engine(make_url(url), hide_parameters=True, pool_pre_ping=True)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
            raise SetupError(f"{url.partition(':')[0]}: not a database URL that this host can open") from None
        if self._engine.dialect.name == "sqlite":
            _prepare_sqlite(self._engine)
        self._writer = self._engine.execution_options(**{_WRITING: True})

    def create(self) -> None:
        """Make the tables of an empty database."""
        try:
            Base.metadata.create_all(self._engine)
            with self.writing() as session:
                if session.get(Meta, "schema") is None:
                    session.add(Meta(name="schema", value=str(SCHEMA_VERSION)))
                    trail.begin(session)
        except SQLAlchemyError:
            raise SetupError("the database cannot be created") from None

    def _version(self) -> str:
        try:
            with self.reading() as session:
                meta = session.get(Meta, "schema")
        except SQLAlchemyError:
            raise SetupError("the database is missing: run 'host init' first") from None
        return "unknown" if meta is None else meta.value

    def check(self) -> None:
        """Refuse a database that is not there or of another version."""
        if (version := self._version()) == str(SCHEMA_VERSION):
            return
        way = "run 'host upgrade'" if version in migration.STEPS else "go on with the release that made it"
        raise SetupError(f"the database is of version {version}, this host needs version {SCHEMA_VERSION}: {way}")

    def upgrade(self) -> bool:
        """Bring an older database to this host's version, in one transaction; whether there was anything to do."""
        is_older = False
        while (step := migration.STEPS.get(self._version())) is not None:
            is_older = True
            with self.writing() as session:
                step(session)
        self.check()
        return is_older

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session
            trail.append(session)

    def close(self) -> None:
        self._engine.dispose()


def file_url(path: Path) -> str:
    """URL of an SQLite file."""
    return f"sqlite:///{path.absolute()}"
