"""The GraphiQL page, as far as it can be judged without a browser."""

import json
import re

from graphql import build_schema, parse, validate
from starlette.applications import Starlette
from starlette.routing import Route

from api import graphiql
from mobile_contract.contract import SCHEMA
from tests.unit.api.asgi import get

PAGE, SCRIPT = bytes(graphiql.page().body).decode(), graphiql._SCRIPT


def test_the_page_needs_nothing_from_elsewhere():
    """A demo on a machine without internet shows it; and nobody else learns of it."""
    assert "//" not in PAGE


def test_the_page_holds_no_script_and_no_style():
    """Its policy would not let them: all of them are files of ours."""
    assert re.findall(r"<script(?! src=\"/graphiql/)", PAGE) == []
    assert "style=" not in PAGE and "<style" not in PAGE
    assert "unsafe" not in graphiql.POLICY
    assert graphiql.page().headers["content-security-policy"] == graphiql.POLICY


async def test_everything_the_page_loads_is_there():
    """Each script and style sheet, with its type, from the installed package."""
    app = Starlette(routes=graphiql.files())
    paths = re.findall(r'(?:src|href)="([^"]+)"', PAGE)
    assert len(paths) == 6
    for path in paths:
        status, headers, body = await get(app, path)
        assert status == 200, path
        assert headers["content-type"].startswith("text/css" if path.endswith(".css") else "text/javascript")
        assert body


async def test_files_outside_of_the_package_are_not_served():
    """Neither by dots nor by their absolute place."""
    app = Starlette(routes=[*graphiql.files(), Route("/other", lambda _: graphiql.page())])
    for path in (
        "/graphiql/../../__init__.py",
        "/graphiql/%2e%2e/%2e%2e/__init__.py",
        "/graphiql//etc/passwd",
        "/graphiql/",
    ):
        assert (await get(app, path))[0] == 404


def test_the_first_question_is_a_valid_one():
    """What the page starts with answers as it stands, and its lines fit the editor's width."""
    (question,) = re.findall(r"const home = `(.*?)`;", SCRIPT, re.DOTALL)
    question = question.replace("\\`", "`")
    assert validate(build_schema(SCHEMA.read_text("utf-8")), parse(question)) == []
    assert max(len(line) for line in question.splitlines()) <= 50


def test_the_page_says_how_to_sign_in():
    """The header it names is one that the Headers editor takes, and the command exists."""
    (header,) = re.findall(r"# Put (\{.*\}) under Headers", SCRIPT)
    assert json.loads(header).keys() == {"Authorization"}
    assert ".venv/bin/tongban token lin" in SCRIPT
