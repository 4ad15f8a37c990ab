"""Logs: one JSON object a line on standard error, and no personal data in it.

What keeps it out:
- beside the message only the fields of FIELDS are written, and only plain values;
- an exception is written as its type and where it was raised. Its message is added only if the exception is a class of
  ours, since ours never repeat data; a foreign one may quote a row, a request or a token. The same holds where an
  exception is the message or an argument of it;
- database libraries log from WARNING on: below that they print the values of queries;
- uvicorn's access lines become method, path and status: no query string, no address of the caller;
- a record that cannot be written is reported by its logger's name alone.
What a message itself says is up to whoever writes it: constant text, and values as fields.
"""

import logging
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from traceback import walk_tb
from typing import Any, TextIO

from pythonjsonlogger.core import LogData
from pythonjsonlogger.json import JsonFormatter

from api.request_id import request_id

FIELDS = frozenset({
    "attempt", "bytes", "client", "code", "count", "delivery", "detail", "duration_ms", "event", "host", "job", "key_id",
    "kind", "method", "noun", "operation", "path", "platform", "port", "reason", "release", "route", "status",
})  # fmt: skip
"""The fields that `extra=` may add: ids of ours, names from closed lists, and numbers. Others are left out."""

ROOMS = frozenset({
    "app", "api", "schema", "compiler", "resolvers", "notifications", "integrations", "store", "domain",
    "mobile_contract",
})  # fmt: skip
QUIET = ("tortoise", "aiosqlite", "asyncpg")

_LONGEST, _MOST_ERRORS, _MOST_FRAMES = 200, 5, 20


def configure_logs(level: str, stream: TextIO | None = None) -> None:
    """Sends every record of the process to `stream` (standard error) from `level` on: debug, info, warning or error.

    Debug is for our own modules: libraries start at INFO, and those in QUIET at WARNING. Replaces what was set up
    before; give uvicorn `log_config=None` so that it leaves this alone.
    """
    least = logging.getLevelNamesMapping()[level.upper()]
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(least, logging.INFO))
    for room in ROOMS:
        logging.getLogger(room).setLevel(least)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(least, logging.WARNING))


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """The library would print the record's arguments."""
        self.stream.write(f'{{"level": "ERROR", "logger": "{__name__}", "message": "unwritable: {record.name}"}}\n')


class JsonLines(JsonFormatter):
    """Writes time (UTC, milliseconds), level, logger, message, request_id if there is one, fields and exception."""

    def add_fields(self, log_data: LogData, record: logging.LogRecord, message_dict: LogData) -> None:
        """Replaces the library's choice, which is everything that a record carries."""
        at = datetime.fromtimestamp(record.created, UTC)
        log_data["time"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        log_data["level"], log_data["logger"] = record.levelname, record.name
        said = _request(record)
        log_data |= said or {"message": _message(record)}
        if current := request_id.get():
            log_data["request_id"] = current
        log_data |= {name: _plain(value) for name, value in record.__dict__.items() if name in FIELDS}
        if record.exc_info and record.exc_info[1]:
            log_data["exception"] = [_told(error) for error in _family(record.exc_info[1])]

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """Nothing: the text would hold the exception's message."""
        return ""


def _message(record: logging.LogRecord) -> str:
    if isinstance(record.msg, BaseException):
        return _said(record.msg)
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    arguments: Any = record.args
    if isinstance(arguments, tuple):
        arguments = tuple(_said(value) if isinstance(value, BaseException) else value for value in arguments)
    message = record.msg % arguments if arguments else record.msg
    # asyncio appends the repr of tasks and callbacks, and with them their exceptions and arguments.
    return re.split(r"[\n(<]", message, maxsplit=1)[0].strip() if record.name == "asyncio" else message


def _request(record: logging.LogRecord) -> dict[str, Any] | None:
    """What a line of uvicorn's about one request or WebSocket comes to; None for all other records."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    if record.name == "uvicorn.access" and len(arguments) == 5:
        method, path, status = arguments[1], arguments[2], arguments[4]
        return {"message": "request", "method": method, "path": _bare(path), "status": status}
    if record.name == "uvicorn.error" and '"WebSocket %s"' in str(record.msg):
        status = arguments[2] if len(arguments) > 2 else str(record.msg).rpartition(" ")[2].strip("[]")
        return {"message": "websocket", "path": _bare(arguments[1]), "status": status}
    return None


def _bare(path: object) -> str:
    return str(path).partition("?")[0][:_LONGEST]


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int | float):
        return value
    return value[:_LONGEST] if isinstance(value, str) else type(value).__name__


def _family(error: BaseException) -> Iterator[BaseException]:
    """The exception, what it stands for and what caused it, nearest first."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting and len(seen) < _MOST_ERRORS:
        current = waiting.pop(0)
        if any(current is known for known in seen):
            continue
        seen.append(current)
        waiting += current.exceptions if isinstance(current, BaseExceptionGroup) else ()
        cause = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        waiting += [cause] if cause else []
    return iter(seen)


def _told(error: BaseException) -> dict[str, Any]:
    frames = [(frame.f_globals.get("__name__"), line, frame.f_code) for frame, line in walk_tb(error.__traceback__)]
    at = [f"{module}:{line} {code.co_qualname}" for module, line, code in frames[-_MOST_FRAMES:]]
    return {"type": _said(error), "at": at}


def _said(error: BaseException) -> str:
    """`module.Type`, and the message if the class is ours."""
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}"
    return f"{name}: {error}" if kind.__module__.partition(".")[0] in ROOMS else name
