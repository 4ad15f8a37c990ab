"""`python -m simulator`: run it until told to stop."""

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator.dates import CHINA
from simulator.settings import Settings
from simulator.world import Simulator


def main() -> None:
    """Read the command line, start, print one line of JSON, and run until SIGTERM, SIGINT or the end of stdin."""
    told = vars(_parser().parse_args())
    with_parent = told.pop("end_with_parent")
    settings = Settings(**{name: value for name, value in told.items() if value is not None})
    try:
        asyncio.run(_run(settings, with_parent))
    except OSError as error:
        sys.exit(f"simulator: {error}")


async def _run(settings: Settings, with_parent: bool) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    if with_parent:
        threading.Thread(target=_watch_stdin, args=(loop, over), daemon=True).start()
    async with Simulator(settings) as simulator:
        print(json.dumps(simulator.addresses()), flush=True)
        await over.wait()


def _watch_stdin(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    # os.read, since a thread left inside sys.stdin would trouble the interpreter's shutdown
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(over.set)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)

    def option(name: str, text: str, **how: Any) -> None:
        parser.add_argument(name, help=text, **how)

    option("--host", "address to listen on (default 127.0.0.1)")
    for port in ("platform", "platform33", "platform31", "oidc", "fcm", "control"):
        option(f"--{port}-port", "0 takes a free one (default)", type=int, metavar="N")
    option("--platforms", "how many platforms (default 3: 44, 33 and 31); others are generated, 34 in all",
           type=int, choices=range(3, 35), metavar="N")  # fmt: skip
    option("--folder", "where the service account's JSON goes (default: a new temporary folder)", type=Path)
    option("--events-to", "full address that platform 44 posts events to", metavar="URL")
    option("--event-secret", "secret that platform 44 signs events with (default: random)", metavar="S")
    option("--event-secret33", "secret that platform 33 signs events with (default: random)", metavar="S")
    option("--app-key", "key that platform 44 demands (default: random)", metavar="K")
    option("--username", 'name that platform 33 demands (default "tongban")', metavar="NAME")
    option("--password", "password that platform 33 demands (default: random)", metavar="S")
    option("--api-key", "key that platform 31 demands (default: random)", metavar="K")
    option("--audience", 'audience of the tokens (default "tongban")')
    option("--seed", "seed of the invented data (default 44)", type=int, metavar="N")
    option("--now", "moment the platforms' story starts at; UTC+8 if no zone is given", type=_moment, metavar="ISO8601")
    option("--end-with-parent", "end when stdin ends", action="store_true")
    return parser


if __name__ == "__main__":
    main()
