"""What gets into the logs, and what never does."""

import io
import json
import logging
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest

from api.request_id import request_id
from app.logs import FIELDS, configure_logs
from domain.identity import BadIdentity
from tests.logs import logs_kept

PRIVATE = "11010519491231002X"


class Log:
    """The lines written since the start of a test."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def line(self) -> dict[str, Any]:
        (line,) = self.text.splitlines()
        found = json.loads(line)
        assert isinstance(found, dict)
        return found


@pytest.fixture
def log() -> Iterator[Log]:
    written = Log()
    with logs_kept():
        configure_logs("info", written.stream)
        yield written


def test_a_line_is_one_json_object(log):
    """Time in UTC, level, logger and message; nothing else unless there is something."""
    logging.getLogger("store.cases").warning("kept %d rows\nand %s", 3, "鹿")
    line = log.line
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {"level": "WARNING", "logger": "store.cases", "message": "kept 3 rows\nand 鹿"}


def test_a_line_within_a_request_has_its_id(log):
    """So that all lines of one request are found."""
    token = request_id.set("r-1")
    try:
        logging.getLogger("api").info("done")
    finally:
        request_id.reset(token)
    assert log.line["request_id"] == "r-1"


def test_only_listed_fields_get_in(log):
    """A field that nobody thought about is left out, and so is everything that is not a plain value."""
    extra = {"platform": "44", "duration_ms": 1.5, "number": PRIVATE, "name_of": PRIVATE, "count": {"a": PRIVATE}}
    logging.getLogger("app").info("asked", extra=extra)
    line = log.line
    assert (line["platform"], line["duration_ms"], line["count"]) == ("44", 1.5, "dict")
    assert PRIVATE not in log.text
    assert set(line) - FIELDS == {"time", "level", "logger", "message"}


def test_fields_are_plain_and_short(log):
    """Members of closed lists are written by their word, and nothing is longer than 200 characters."""

    class Kind(StrEnum):
        ONE = "one"

    logging.getLogger("app").info("asked", extra={"kind": Kind.ONE, "reason": "x" * 1000})
    assert log.line["kind"] == "one"
    assert len(log.line["reason"]) == 200


def fails(error: BaseException) -> None:
    raise error


def test_a_foreign_exception_is_its_type_and_place(log):
    """Its message may quote what it choked on."""
    try:
        fails(ValueError(PRIVATE))
    except ValueError:
        logging.getLogger("app").exception("it failed")
    (told,) = log.line["exception"]
    assert told["type"] == "builtins.ValueError"
    assert re.fullmatch(r".*test_logs:\d+ fails", told["at"][-1])
    assert PRIVATE not in log.text


def test_an_exception_of_ours_says_what_it_says(log):
    """Ours never repeat data; what caused it is told as well, by type and place."""
    try:
        try:
            fails(KeyError(PRIVATE))
        except KeyError as error:
            raise BadIdentity("not a number") from error
    except BadIdentity:
        logging.getLogger("app").exception("it failed")
    assert [told["type"] for told in log.line["exception"]] == [
        "domain.identity.BadIdentity: not a number",
        "builtins.KeyError",
    ]
    assert PRIVATE not in log.text


def test_every_exception_of_a_group_is_told(log):
    """A task group fails with several."""
    logging.getLogger("app").error("x", exc_info=ExceptionGroup(PRIVATE, [OSError(PRIVATE), KeyError(PRIVATE)]))
    assert [told["type"] for told in log.line["exception"]] == [
        "builtins.ExceptionGroup",
        "builtins.OSError",
        "builtins.KeyError",
    ]
    assert PRIVATE not in log.text


def test_exceptions_that_cause_each_other_end(log):
    """A ring of causes is told once around."""
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    logging.getLogger("app").error("x", exc_info=first)
    assert len(log.line["exception"]) == 2


def test_a_deep_stack_is_cut(log):
    """The innermost frames are the ones that help."""

    def deep(level: int) -> None:
        deep(level - 1) if level else fails(ValueError())

    try:
        deep(100)
    except ValueError:
        logging.getLogger("app").exception("x")
    assert len(log.line["exception"][0]["at"]) == 20


@pytest.mark.parametrize("message", [ValueError(PRIVATE), {"number": PRIVATE}])
def test_a_message_that_is_no_text(log, message):
    """Strawberry logs the error itself, whose text quotes the query; a mapping is not spread over the line."""
    logging.getLogger("strawberry.execution").error(message, exc_info=ValueError(PRIVATE), stack_info=True)
    assert set(log.line) == {"time", "level", "logger", "message", "exception"}
    assert PRIVATE not in log.text


def test_an_exception_as_an_argument_is_its_type(log):
    """As in `log.warning("failed: %s", error)`, the commonest way for data to get out."""
    logging.getLogger("aiohttp.client").warning("failed: %s after %s", ValueError(PRIVATE), {"ours": BadIdentity("no")})
    assert log.line["message"].startswith("failed: builtins.ValueError after ")
    assert PRIVATE not in log.text


def test_asyncios_messages_end_before_their_reprs(log):
    """A forgotten task's repr holds its exception."""
    message = f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{PRIVATE}')>"
    logging.getLogger("asyncio").error(message, exc_info=ValueError(PRIVATE))
    assert log.line["message"] == "Task exception was never retrieved"
    assert PRIVATE not in log.text


@pytest.mark.parametrize("name", ["tortoise.db_client", "tortoise", "aiosqlite", "asyncpg.pool"])
@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_queries_are_not_logged_at_any_level(log, name, level):
    """Their values are personal data, and the libraries print them below WARNING."""
    configure_logs(level, log.stream)
    logging.getLogger(name).debug("SELECT %s", PRIVATE)
    logging.getLogger(name).info("SELECT %s", PRIVATE)
    assert log.text == ""


async def test_a_real_query_is_not_logged(log):
    """The database driver itself, asked with a personal value while everything is at debug."""
    aiosqlite = pytest.importorskip("aiosqlite")
    configure_logs("debug", log.stream)
    async with aiosqlite.connect(":memory:") as connection:
        await connection.execute("SELECT ?", (PRIVATE,))
    assert PRIVATE not in log.text


def test_debug_is_for_our_own_modules(log):
    """What libraries print at debug was not written with our duties in mind."""
    configure_logs("debug", log.stream)
    logging.getLogger("integrations.gather").debug("ours")
    logging.getLogger("some.library").debug("theirs")
    assert log.line["message"] == "ours"


def test_the_level_is_a_floor(log):
    """At error nothing less is written, of ours or of theirs."""
    configure_logs("error", log.stream)
    for name in ("app", "uvicorn.error", "tortoise"):
        logging.getLogger(name).warning("less")
    assert log.text == ""


def test_an_access_line_has_no_query_and_no_address(log):
    """Written as uvicorn writes it."""
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "10.1.2.3:5", "GET", f"/graphql?query={PRIVATE}", "1.1", 200
    )
    line = log.line
    assert (line["message"], line["method"], line["path"], line["status"]) == ("request", "GET", "/graphql", 200)
    assert "10.1.2.3" not in log.text
    assert PRIVATE not in log.text


@pytest.mark.parametrize(
    ("form", "rest", "status"), [("[accepted]", (), "accepted"), ("403", (), "403"), ("%d", (401,), 401)]
)
def test_a_websocket_line_has_no_query_and_no_address(log, form, rest, status):
    """Clients that can set no header put tokens there."""
    logging.getLogger("uvicorn.error").info(f'%s - "WebSocket %s" {form}', "10.1.2.3:5", f"/ws?token={PRIVATE}", *rest)
    assert (log.line["path"], log.line["status"]) == ("/ws", status)
    assert "10.1.2.3" not in log.text
    assert PRIVATE not in log.text


def test_a_record_that_cannot_be_written_names_its_logger_only(log, capsys):
    """The library would print the arguments."""
    configure_logs("info", log.stream)  # again, now without pytest's handlers, which want to format it too
    logging.getLogger("app.worker").error("%d rows", PRIVATE)
    assert log.line["message"] == "unwritable: app.worker"
    assert PRIVATE not in log.text + "".join(capsys.readouterr())


def test_odd_text_is_written(log):
    """Lone surrogates come from foreign JSON; a line with one must still be UTF-8."""
    logging.getLogger("app").info("a\ud800b", extra={"reason": "\u2028\x00"})
    log.text.encode("utf-8")
    assert log.line["reason"] == "\u2028\x00"


def test_logs_go_to_standard_error(log, capsys):
    """Standard output is for what a command answers."""
    configure_logs("info")
    logging.getLogger("app").info("here")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["message"] == "here"
