"""Operations of registered releases, by id: judged and priced when the process starts, and found in a look."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.tally import ALL
from mobile_contract.manifest import Operation
from mobile_contract.releases import Release
from schema.documents import Documents, Operations, Unfit

log = logging.getLogger(__name__)

_NONE: Mapping[str, Operations | Unfit] = {}


class Registered:
    """What each client has promised to send, and may. Public operations may be sent by anybody."""

    def __init__(self, documents: Documents, releases: Iterable[Release]) -> None:
        self._public: dict[str, Operations | Unfit] = {}
        self._of_client: dict[str, dict[str, Operations | Unfit]] = {}
        for release in releases:
            kept = self._public if release.public else self._of_client.setdefault(release.client, {})
            kept.update((one.id, _judged(documents, release, one)) for one in release.operations)

    def find(self, document_id: str, client: str | None) -> Operations | None:
        """The operations of a document, if this client may send it; None: without a token. Raises Unfit for one that no longer
        fits the schema."""
        own = self._of_client.get(client, _NONE) if client else _NONE
        found = own.get(document_id) or self._public.get(document_id)
        if isinstance(found, Unfit):
            raise Unfit(found.errors)
        return found

    def knows(self, document_id: str) -> bool:
        """Whether somebody may send it, once he has said who he is."""
        return any(document_id in own for own in self._of_client.values())


def _judged(documents: Documents, release: Release, operation: Operation) -> Operations | Unfit:
    try:
        judged = documents.judged(operation.body)
    except Unfit as unfit:
        # The gate lets this pass only where it was approved. Whoever sends it is told, and the others go on.
        called = {"release": release.name, "operation": operation.name}
        log.error("a registered operation does not fit the schema", extra=called)
        return unfit
    return {name: replace(known, counted=(ALL, operation.id)) for name, known in judged.items()}
