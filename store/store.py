"""All that is kept, in one hand."""

from dataclasses import dataclass

from store.accounts import Accounts
from store.calls import Calls
from store.cases import Cases
from store.clients import Clients
from store.contacts import Contacts
from store.database import Database
from store.devices import Devices
from store.events import Events
from store.gaps import Gaps
from store.health import Health
from store.jobs import Jobs
from store.licences import Licences
from store.notifications import Notifications
from store.outbox import Outbox
from store.parties import Parties
from store.purge import Purge
from store.sealing import Sealer
from store.set_aside import SetAside
from store.surveys import Surveys


@dataclass(frozen=True)
class Store:
    """The nouns that are kept, over one database and one ring of keys."""

    db: Database
    sealer: Sealer
    parties: Parties
    accounts: Accounts
    contacts: Contacts
    surveys: Surveys
    cases: Cases
    licences: Licences
    notifications: Notifications
    devices: Devices
    outbox: Outbox
    events: Events
    gaps: Gaps
    set_aside: SetAside
    jobs: Jobs
    health: Health
    purge: Purge
    clients: Clients
    calls: Calls


def store_of(db: Database, sealer: Sealer) -> Store:
    """Everything over `db`, sealed with `sealer`."""
    return Store(
        db=db,
        sealer=sealer,
        parties=Parties(db, sealer),
        accounts=Accounts(db, sealer),
        contacts=Contacts(db),
        surveys=Surveys(db),
        cases=Cases(db, sealer),
        licences=Licences(db, sealer),
        notifications=Notifications(db, sealer),
        devices=Devices(db, sealer),
        outbox=Outbox(db),
        events=Events(db, sealer),
        gaps=Gaps(db),
        set_aside=SetAside(db, sealer),
        jobs=Jobs(db),
        health=Health(db),
        purge=Purge(db),
        clients=Clients(db),
        calls=Calls(db),
    )
