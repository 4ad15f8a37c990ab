"""Documents of an app on Relay, compiled against a schema. Needs Node."""

import json
import subprocess
from pathlib import Path

from tests.node import packages

RELAY = Path(__file__).parent / "node_relay"
SCREENS = RELAY / "screens.js"
COMPILED = "compiled"


def compile_screens(schema: str, folder: Path, **config: object) -> "subprocess.CompletedProcess[str]":
    """Runs relay-compiler in an empty folder, over tests/node_relay/screens.js; what it writes is in its folder `compiled`."""
    (folder / "schema.graphql").write_text(schema, encoding="utf-8")
    source, written = folder / "source", folder / COMPILED
    source.mkdir()
    written.mkdir()
    (source / SCREENS.name).write_bytes(SCREENS.read_bytes())
    told = {"src": "source", "schema": "schema.graphql", "artifactDirectory": COMPILED, "language": "javascript"}
    (folder / "relay.config.json").write_text(json.dumps({**told, "eagerEsModules": False, **config}), encoding="utf-8")
    command = [packages(RELAY) / "node_modules/.bin/relay-compiler", "relay.config.json"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
