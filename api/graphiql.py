"""GraphiQL for the demo and the sandbox, served from here so that it needs nothing from elsewhere."""

from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

_CARRIER = "graphene_django_graphiql_static"
"""The package that carries GraphiQL's built files (docs/adr/0008); nothing in it is imported."""

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tongban: GraphiQL</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/graphiql/graphiql.min.css">
<link rel="stylesheet" href="/graphiql/start.css">
<div id="graphiql"></div>
<script src="/graphiql/react.production.min.js"></script>
<script src="/graphiql/react-dom.production.min.js"></script>
<script src="/graphiql/graphiql.min.js"></script>
<script src="/graphiql/start.js"></script>
</html>
"""

_STYLE = "html, body, #graphiql { height: 100%; margin: 0 }\n"

_SCRIPT = """const home = `# Put {"Authorization": "Bearer …"} under Headers,
# with a token: .venv/bin/tongban token lin
{
  viewer {
    displayName
    cases(first: 5) {
      isComplete
      sources { platform { name } rows reason }
      edges {
        node { id item { name } stage nextAction }
      }
    }
    notifications(first: 5) {
      unreadCount
      edges { node { title body } }
    }
  }
}`;
// The package carries React 17, which has no createRoot.
ReactDOM.render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
    defaultQuery: home,
    defaultEditorToolsVisibility: "headers",
  }),
  document.getElementById("graphiql")
);
"""

POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
))  # fmt: skip
"""The page loads what comes from here, and runs no script that stands in a page: a token is pasted into it."""


def page() -> Response:
    """The page."""
    return HTMLResponse(_PAGE, headers={"content-security-policy": POLICY, "cache-control": "no-store"})


def files() -> list[BaseRoute]:
    """What the page loads. Raises RuntimeError if the package with the files is not installed."""
    found = find_spec(_CARRIER)
    if found is None or not found.submodule_search_locations:
        raise RuntimeError(f"{_CARRIER} is not installed")
    folder = Path(found.submodule_search_locations[0]) / "static" / _CARRIER
    return [
        Route("/graphiql/start.js", _file(_SCRIPT, "text/javascript")),
        Route("/graphiql/start.css", _file(_STYLE, "text/css")),
        Mount("/graphiql", StaticFiles(directory=folder)),
    ]


def _file(text: str, media: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return Response(text, media_type=media)

    return answer
