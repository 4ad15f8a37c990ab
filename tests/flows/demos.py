"""`tongban demo` running in a folder of its own, on ports that nobody else uses."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.flows.commands import Said, finished, start
from tests.ports import free_port


@dataclass(frozen=True)
class Demo:
    """A demo that serves: its address and every line that it printed until then."""

    process: "subprocess.Popen[str]"
    url: str
    lines: Sequence[str]

    def headers_of(self, persona: str) -> dict[str, str]:
        """The line under a persona's name, which is there to be pasted under Headers."""
        headers: dict[str, str] = json.loads(self.lines[self.lines.index(persona) + 1])
        return headers

    def ask(self, query: str, headers: dict[str, str]) -> Any:
        """What a phone is answered."""
        body = json.dumps({"query": query}).encode()
        request = Request(f"{self.url}/graphql", body, {"content-type": "application/json", **headers})
        with urlopen(request) as answer:
            return json.load(answer)

    def end(self) -> Said:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return finished(self.process)


@contextmanager
def demo(folder: Path, *options: str, **settings: str) -> Iterator[Demo]:
    """Runs it until the block ends."""
    process = start("demo", "--any-ports", "--port", str(free_port()), *options, cwd=folder, **settings)
    try:
        assert process.stdout
        lines = [line.rstrip("\n") for line in iter(process.stdout.readline, "Ctrl-C ends it.\n") if line]
        (address,) = [found[1] for line in lines if (found := re.match(r"GraphiQL: (http://\S+)/graphql", line))]
        yield Demo(process, address, lines)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        finished(process)
