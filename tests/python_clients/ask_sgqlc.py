"""The client sgqlc with types that it made of the service's schema: python ask_sgqlc.py URL TOKEN FOLDER.

In FOLDER stands what `sgqlc-codegen schema` wrote, tongban_schema.py. One line of JSON for each thing that it is told.
"""

import json
import sys
from typing import Any

from sgqlc.endpoint.http import HTTPEndpoint
from sgqlc.operation import Operation

url, token, folder = sys.argv[1:]
sys.path.insert(0, folder)
import tongban_schema as schema  # noqa: E402 - it is made before

endpoint = HTTPEndpoint(url, {"Authorization": f"Bearer {token}"})


def say(line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


ask = Operation(schema.Query)
cases = ask.viewer.cases(first=2, freshness="LIVE")
cases.edges.node.__fields__("id", "stage", "updated_at", "promised_date")
ask.viewer.display_name()
answer = ask + endpoint(ask)
nodes = [edge.node for edge in answer.viewer.cases.edges]
say([answer.viewer.display_name, [[type(node.updated_at).__name__, node.stage] for node in nodes]])

change = Operation(schema.Mutation)
registered = change.register_device(input={"channel": "FCM", "token": "sgqlc-desk"})
registered.id()
registered.errors.code()
payload = (change + endpoint(change)).register_device
say({"registered": payload.id is not None, "errors": [error.code for error in payload.errors]})

try:
    ask.viewer.nothing()
except AttributeError as refused:
    say({"not sent": str(refused)})
