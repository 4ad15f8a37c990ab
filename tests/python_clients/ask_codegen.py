"""A client that ariadne-codegen made of the contract: python ask_codegen.py URL TOKEN FOLDER.

In FOLDER stands the package tongban_client. One line of JSON for each thing that it is told.
"""

import asyncio
import hashlib
import json
import sys
from typing import Any

import httpx

url, token, folder = sys.argv[1:]
sys.path.insert(0, folder)
from tongban_client import (  # noqa: E402 - it is made before
    Channel,
    Client,
    Freshness,
    GraphQLClientGraphQLMultiError,
    RegisterDeviceInput,
    Stage,
)
from tongban_client.case_changed import CaseChangedCaseChangedCase as Case  # noqa: E402

bearer = {"Authorization": f"Bearer {token}"}


def say(line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def note(request: httpx.Request) -> None:
    text = json.loads(request.content)["query"]
    say({"sends": hashlib.sha256(text.encode()).hexdigest()})


async def ask(client: Client) -> None:
    viewer = (await client.home(first=2, freshness=Freshness.LIVE)).viewer
    cases = [edge.node for edge in viewer.cases.edges]
    say([viewer.display_name, [[type(case.updated_at).__name__, case.stage in list(Stage)] for case in cases]])
    device = await client.register_device(input=RegisterDeviceInput(channel=Channel.FCM, token="codegen-desk"))
    registered = device.register_device
    say({"registered": registered.id is not None, "errors": [error.code for error in registered.errors]})
    try:
        await client.home(first=2, after="garbage", freshness=Freshness.KNOWN)
    except GraphQLClientGraphQLMultiError as failed:
        codes = [error.extensions["code"] for error in failed.errors]
        say({"codes": codes, "beside": failed.data["viewer"]["displayName"]})


async def listen(client: Client) -> None:
    changes = client.case_changed()
    say({"case": (await anext(changes)).case_changed.case})
    case = (await anext(changes)).case_changed.case
    say({"case": case.number, "at": type(case.updated_at).__name__})
    later = Case.model_validate(case.model_dump(by_alias=True) | {"stage": "A_STAGE_OF_LATER"})
    say([later.stage == "A_STAGE_OF_LATER", later.stage is Stage.RECEPTION])
    await changes.aclose()


async def main() -> None:
    socket = {"ws_url": url.replace("http", "ws", 1), "ws_connection_init_payload": bearer}
    noting = httpx.AsyncClient(headers=bearer, event_hooks={"request": [note]})
    async with Client(url, http_client=noting, **socket) as client:
        await ask(client)
        await listen(client)


asyncio.run(main())
