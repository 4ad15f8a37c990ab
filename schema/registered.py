"""Operations of registered releases, by id: judged and priced when the process starts, and found in a look."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.tally import ALL
from mobile_contract.releases import Release
from schema.documents import Documents, Operations, Unfit

log = logging.getLogger(__name__)

_NONE: Mapping[str, Operations] = {}


class Registered:
    """What each client has promised to send, and may. Public operations may be sent by anybody."""

    def __init__(self, documents: Documents, releases: Iterable[Release]) -> None:
        self._public: dict[str, Operations] = {}
        self._of_client: dict[str, dict[str, Operations]] = {}
        for release in releases:
            kept = self._public if release.public else self._of_client.setdefault(release.client, {})
            kept.update(_judged(documents, release))

    def find(self, document_id: str, client: str | None) -> Operations | None:
        """The operations of a document, if this client may send it; None: without a token."""
        own = self._of_client.get(client, _NONE) if client else _NONE
        return own.get(document_id) or self._public.get(document_id)


def _judged(documents: Documents, release: Release) -> dict[str, Operations]:
    found: dict[str, Operations] = {}
    for one in release.operations:
        try:
            judged = documents.judged(one.body)
            found[one.id] = {name: replace(known, counted=(ALL, one.id)) for name, known in judged.items()}
        except Unfit:
            # The gate lets this pass only where it was approved: one operation less, and the others go on.
            log.error("a registered operation does not fit the schema", extra={"release": release.name})
    return found
