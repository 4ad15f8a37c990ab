"""One FCM project: a firebase app, its credential, and the library set to what a queue needs."""

import asyncio
import itertools
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import firebase_admin
import httpx
from firebase_admin import _http_client, _retry, credentials, exceptions, messaging
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

MOST_AT_ONCE = 100
"""Sends in flight for one project: what the library's connection pool holds without HTTP/2."""

_NUMBERS = itertools.count(1)  # firebase apps live in one table of the process, and two channels may serve one client


@dataclass(frozen=True, slots=True)
class FcmAccount:
    """How to reach a client's FCM project.

    `address` replaces Google's: a base URL, or a whole one with `{0}` for the project. `timeout_s` is the longest wait
    for each of connecting, answering and getting a token; a send ends within twice that.
    """

    credentials_path: Path
    address: str | None = None
    timeout_s: float = 10.0


class Project:
    """Sends messages of one client. Raises ValueError or OSError if its service account cannot be read."""

    def __init__(self, client: str, account: FcmAccount) -> None:
        certificate = credentials.Certificate(str(account.credentials_path))
        self._timeout_s = account.timeout_s
        self._credential: Credentials = certificate.get_credential()
        self._refused_token: str | None = None
        self._renewal: asyncio.Task[None] | None = None
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        name = f"tongban-{client}-{next(_NUMBERS)}"
        self._app = firebase_admin.initialize_app(certificate, {"httpTimeout": account.timeout_s}, name)
        self._service = _tamed_service(self._app, self._credential, account)

    async def authorise(self) -> None:
        """Sees to a token that outlasts the next minutes. Raises GoogleAuthError.

        The library would fetch it by a blocking call inside the event loop; here a thread does, once for all who wait.
        """
        token = self._credential.token
        if token and token != self._refused_token and self._credential.valid:
            return
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(asyncio.to_thread(self._renew))
        await asyncio.shield(self._renewal)

    async def send(self, message: messaging.Message) -> str:
        """One try at one message; FCM's id for it. Raises FirebaseError, ValueError or TimeoutError."""
        async with self._slots, asyncio.timeout(2 * self._timeout_s):
            token = self._credential.token
            # One message a call: inside a call of many, one that breaks takes the outcomes of all others with it.
            batch = await messaging.send_each_async([message], app=self._app)
        answer = batch.responses[0]
        if answer.success:
            return str(answer.message_id)
        if type(answer.exception) is exceptions.UnauthenticatedError:
            self._refused_token = token
        raise answer.exception or exceptions.UnknownError("an answer without a message id")

    async def close(self) -> None:
        """Closes connections and takes the app out of firebase's table."""
        await self._service._async_client.aclose()
        # The library closes by asyncio.run, which a running loop refuses; nothing is left open for that to close.
        await asyncio.to_thread(firebase_admin.delete_app, self._app)

    def _renew(self) -> None:
        self._credential.refresh(partial(Request(), timeout=self._timeout_s))  # type: ignore[no-untyped-call]


class _Bearer(httpx.Auth):
    """Puts the token on, and nothing else.

    The library's own would renew it in the event loop, three times for each message that meets a 401.
    """

    def __init__(self, credential: Credentials) -> None:
        self._credential = credential

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        self._credential.apply(request.headers)  # type: ignore[no-untyped-call]
        yield request


def _tamed_service(app: firebase_admin.App, credential: Credentials, account: FcmAccount) -> Any:
    """The library's sender of this app, with our address, our authorisation and no retries.

    It retries 500 and 503 four times within 7 s, whatever Retry-After says, and has no public switch for that, for the
    address or for the authorisation. All that we touch of its inside is touched here; test_fcm.py notices a change.
    """
    service = messaging._get_messaging_service(app)
    if account.address is not None:
        service._fcm_url = _endpoint(account.address, app.project_id)
    client = _http_client.HttpxAsyncClient(retry_config=_retry.HttpxRetry(max_retries=0), timeout=account.timeout_s)
    client.async_client.auth = _Bearer(credential)
    service._async_client = client
    return service


def _endpoint(address: str, project: str) -> str:
    whole = address if "{0}" in address else f"{address.rstrip('/')}/v1/projects/{{0}}/messages:send"
    return whole.replace("{0}", project)
