"""Changing a SQLite file by way of a copy: the file itself is untouched until the copy takes its place in one step.

Tortoise cannot change a SQLite schema in one transaction. So a process that is killed leaves the file as it was, and a copy that
the next run throws away.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from store.migrate import MigrationStopped

SPARE_BYTES = 16 * 1024 * 1024
"""What must stay free besides the copy and its journal."""


@contextmanager
def held(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection besides which nobody reads or writes the file, whose journal is folded into it.

    Raises MigrationStopped if some program has the file open, or it is damaged.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")  # the lock stays: that is what the mode means
        except sqlite3.OperationalError as error:
            raise MigrationStopped(
                f"Some program has {file} open ({error}). Close it, then run tongban migrate again. Nothing was changed."
            ) from error
        _require_sound(connection, file)
        yield connection


def copy_into(copy: Path, connection: sqlite3.Connection, file: Path) -> None:
    """Copies the held file and compares. A copy that an earlier run left is thrown away.

    Raises MigrationStopped if there is no room, or the copy is not the same.
    """
    forget(copy)
    _require_room(file)
    there = file.stat()
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    copy.chmod(there.st_mode & 0o777)
    if (copy.stat().st_uid, copy.stat().st_gid) != (there.st_uid, there.st_gid):
        os.chown(copy, there.st_uid, there.st_gid)  # migrated by root, served by another
    with closing(sqlite3.connect(copy, isolation_level=None)) as target:
        connection.backup(target)
        _require_sound(target, copy)
        if _counts(target) != _counts(connection):
            raise MigrationStopped(f"The copy {copy} is not the same as the database.")


def take_place(copy: Path, file: Path, backup: Path | None) -> None:
    """Puts the copy where the file is, in one step; the file that was there is then `backup`.

    Raises MigrationStopped if the copy's journal is not folded into it.
    """
    journal = copy.with_name(f"{copy.name}-wal")
    if journal.exists() and journal.stat().st_size:
        raise MigrationStopped(f"{journal} was not folded into the copy.")
    _sync(copy)
    if backup:
        _forget_unused(file)
        os.link(file, backup)
        _sync(file.parent)
    os.replace(copy, file)
    _sync(file.parent)


def forget(copy: Path) -> None:
    """Removes a copy with what SQLite keeps beside it."""
    for name in (copy.name, f"{copy.name}-wal", f"{copy.name}-shm", f"{copy.name}-journal"):
        copy.with_name(name).unlink(missing_ok=True)


def _forget_unused(file: Path) -> None:
    """A run that was killed before the last step left a backup that is the file itself, and would change with it."""
    for backup in file.parent.glob(f"{file.name}.before-*"):
        if backup.samefile(file):
            backup.unlink()


def _require_room(file: Path) -> None:
    needed, free = 2 * file.stat().st_size + SPARE_BYTES, shutil.disk_usage(file.parent).free
    if free < needed:
        raise MigrationStopped(
            f"{file.parent} has {free // 1024**2} MB free, and migrating needs {needed // 1024**2} MB."
        )


def _require_sound(connection: sqlite3.Connection, file: Path) -> None:
    try:
        said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        said = [str(error)]
    if said != ["ok"]:
        raise MigrationStopped(f"{file} is damaged ({said[0]}). Bring a backup back.")


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0] for table in tables}


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
