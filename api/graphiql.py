"""GraphiQL for the demo and the sandbox, served from here so that it needs nothing from elsewhere."""

from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

_CARRIER = "graphene_django_graphiql_static"
"""The package that carries GraphiQL's built files (docs/adr/0008); nothing in it is imported."""

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tongban: GraphiQL</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/graphiql/graphiql.min.css">
<style>html, body, #graphiql { height: 100%; margin: 0 }</style>
<div id="graphiql"></div>
<script src="/graphiql/react.production.min.js"></script>
<script src="/graphiql/react-dom.production.min.js"></script>
<script src="/graphiql/graphiql.min.js"></script>
<script>
  const home = `# Put {"Authorization": "Bearer …"} under Headers,
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
</script>
</html>
"""


def wants_page(request: Request) -> bool:
    """A browser that was pointed here, and no program."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def page() -> Response:
    """The page."""
    return HTMLResponse(_PAGE)


def files() -> Mount:
    """What the page loads. Raises RuntimeError if the package with the files is not installed."""
    found = find_spec(_CARRIER)
    if found is None or not found.submodule_search_locations:
        raise RuntimeError(f"{_CARRIER} is not installed")
    return Mount("/graphiql", StaticFiles(directory=Path(found.submodule_search_locations[0]) / "static" / _CARRIER))
