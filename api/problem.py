"""Problem documents (RFC 9457) for everything at the edge that is not GraphQL."""

from starlette.responses import JSONResponse


def problem(status: int, kind: str, title: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """`kind` names the problem for programs and stays; `title` says it to people."""
    body = {"type": f"urn:tongban:problem:{kind}", "title": title, "status": status}
    return JSONResponse(body, status, headers, media_type="application/problem+json")
