"""The tables. Times are integer microseconds UTC; `sealed` columns are AES-GCM under the key that `key_id` names.

Every index stands in Meta.indexes: Tortoise's migrations lose those declared on a field (docs/adr/0003).
Models have comments and no docstrings: Tortoise would write a docstring into the schema, and not quote it.
"""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


# A key of the ring as this database knows it: a value sealed with it, and what the hash key made of a constant.
class KeyRow(Model):
    id = fields.UUIDField(primary_key=True)
    hash_check = fields.CharField(64)
    sealed = fields.BinaryField()
    key_id = fields.CharField(16)

    class Meta:
        table = "key_check"


# A party that has signed in. `seq` is the one sequence of its changes; its update serialises all writers of a party. `level` is
# what the token issued last said, at `shown_us`; `signed_in_us` when the person signed in for it, where it said so.
# `accounts_us`: when the token was issued that last changed the linked accounts.
class PartyRow(Model):
    id = fields.UUIDField(primary_key=True)
    person_key = fields.CharField(64, unique=True)
    seq = fields.BigIntField()
    unread = fields.IntField()
    created_us = fields.BigIntField()
    sealed = fields.BinaryField()
    key_id = fields.CharField(16)
    level = fields.SmallIntField(null=True)
    shown_us = fields.BigIntField(null=True)
    signed_in_us = fields.BigIntField(null=True)
    accounts_us = fields.BigIntField(null=True)

    class Meta:
        table = "party"


# An account of a party at a platform that knows people by accounts of its own. It is one party's at a time.
class LinkedAccountRow(Model):
    id = fields.UUIDField(primary_key=True)
    party_id = fields.UUIDField()
    platform = fields.CharField(32)
    account_key = fields.CharField(64, unique=True)
    sealed = fields.BinaryField()
    key_id = fields.CharField(16)

    class Meta:
        table = "linked_account"
        indexes = (Index(fields=("party_id",), name="idx_linked_account_party"),)


# What is remembered of the questions put to one platform about one party and noun. `held`: its rows that hold now.
# `absent_us`: until when it is believed to hold nothing; 0 for a platform of the party's footprint.
class ContactRow(Model):
    id = fields.UUIDField(primary_key=True)
    party_id = fields.UUIDField()
    platform = fields.CharField(32)
    noun = fields.CharField(16)
    asked_us = fields.BigIntField()
    answered_us = fields.BigIntField()
    full_us = fields.BigIntField()
    trouble = fields.CharField(16)
    fingerprint = fields.CharField(64)
    truncated = fields.BooleanField()
    missed_us = fields.BigIntField(db_default=0)
    held = fields.IntField(db_default=0)
    absent_us = fields.BigIntField(db_default=0)

    class Meta:
        table = "contact"
        unique_together = (("party_id", "noun", "platform"),)
        indexes = (Index(fields=("party_id", "noun", "absent_us"), name="idx_contact_footprint"),)


# A list of a party that somebody reads: the key of the scope of which everyone was asked, and when its sources last changed.
class SurveyRow(Model):
    id = fields.UUIDField(primary_key=True)
    party_id = fields.UUIDField()
    noun = fields.CharField(16)
    scope = fields.CharField(16)
    seq = fields.BigIntField()

    class Meta:
        table = "survey"
        indexes = (Index(fields=("party_id", "seq", "id"), name="idx_survey_seq"),)


# A case of the index. What is sorted and filtered stands in the clear (docs/adr/0005); the rest is sealed.
class CaseRow(Model):
    id = fields.UUIDField(primary_key=True)
    party_id = fields.UUIDField()
    platform = fields.CharField(32)
    stage = fields.SmallIntField()
    outcome = fields.CharField(16)
    updated_us = fields.BigIntField()
    dated_us = fields.BigIntField()
    retired = fields.BooleanField()
    seq = fields.BigIntField()
    sealed = fields.BinaryField()
    key_id = fields.CharField(16)

    class Meta:
        table = "case_index"
        indexes = (
            Index(fields=("party_id", "updated_us", "id"), name="idx_case_page"),
            Index(fields=("party_id", "platform"), name="idx_case_platform"),
            Index(fields=("party_id", "seq", "id"), name="idx_case_seq"),
            Index(fields=("platform", "stage", "updated_us"), name="idx_case_open"),
        )


# A licence of the index.
class LicenceRow(Model):
    id = fields.UUIDField(primary_key=True)
    party_id = fields.UUIDField()
    platform = fields.CharField(32)
    state = fields.CharField(16)
    updated_us = fields.BigIntField()
    dated_us = fields.BigIntField()
    retired = fields.BooleanField()
    seq = fields.BigIntField()
    sealed = fields.BinaryField()
    key_id = fields.CharField(16)

    class Meta:
        table = "licence_index"
        indexes = (
            Index(fields=("party_id", "updated_us", "id"), name="idx_licence_page"),
            Index(fields=("party_id", "platform"), name="idx_licence_platform"),
            Index(fields=("party_id", "seq", "id"), name="idx_licence_seq"),
        )


# An item of the inbox: the one record of a transition. `arguments` are sealed.
class NotificationRow(Model):
    id = fields.UUIDField(primary_key=True)
    party_id = fields.UUIDField()
    case_id = fields.UUIDField()
    kind = fields.CharField(24)
    category = fields.CharField(16)
    transition_key = fields.CharField(64, unique=True)
    happened_us = fields.BigIntField()
    created_us = fields.BigIntField()
    push_until_us = fields.BigIntField()
    read_us = fields.BigIntField(null=True)
    seq = fields.BigIntField()
    sealed = fields.BinaryField()
    key_id = fields.CharField(16)

    class Meta:
        table = "notification"
        indexes = (
            Index(fields=("party_id", "created_us", "id"), name="idx_notification_page"),
            Index(fields=("party_id", "read_us", "created_us", "id"), name="idx_notification_unread"),
            Index(fields=("case_id", "read_us"), name="idx_notification_news"),
            Index(fields=("party_id", "seq", "id"), name="idx_notification_seq"),
        )


# A phone as one client app registered it. The token is sealed; its keyed hash finds it.
class DeviceRow(Model):
    id = fields.UUIDField(primary_key=True)
    party_id = fields.UUIDField()
    client = fields.CharField(64)
    channel = fields.CharField(16)
    token_hash = fields.CharField(64)
    locale = fields.CharField(8)
    created_us = fields.BigIntField()
    seen_us = fields.BigIntField()
    sealed = fields.BinaryField()
    key_id = fields.CharField(16)

    class Meta:
        table = "device"
        unique_together = (("channel", "client", "token_hash"),)
        indexes = (
            Index(fields=("party_id",), name="idx_device_party"),
            Index(fields=("seen_us", "id"), name="idx_device_seen"),
        )


# The outbox: the duty to bring one notification to one device. A lease is a name and an end.
class DeliveryRow(Model):
    id = fields.UUIDField(primary_key=True)
    purpose_key = fields.CharField(64, unique=True)
    notification_id = fields.UUIDField()
    device_id = fields.UUIDField()
    party_id = fields.UUIDField()
    channel = fields.CharField(16)
    state = fields.CharField(8)
    reason = fields.CharField(32)
    attempts = fields.IntField()
    created_us = fields.BigIntField()
    due_us = fields.BigIntField()
    expires_us = fields.BigIntField()
    lease = fields.CharField(64)
    lease_until_us = fields.BigIntField()

    class Meta:
        table = "delivery"
        indexes = (
            Index(fields=("state", "due_us", "id"), name="idx_delivery_due"),
            Index(fields=("device_id",), name="idx_delivery_device"),
            Index(fields=("created_us", "id"), name="idx_delivery_age"),
        )


# One try at a delivery: written before the call, its outcome after. A row without one has an unknown outcome.
class AttemptRow(Model):
    id = fields.UUIDField(primary_key=True)
    delivery_id = fields.UUIDField()
    number = fields.IntField()
    started_us = fields.BigIntField()
    finished_us = fields.BigIntField(null=True)
    outcome = fields.CharField(16)
    code = fields.CharField(64)
    message_id = fields.CharField(200)

    class Meta:
        table = "attempt"
        unique_together = (("delivery_id", "number"),)


# An event as it came in: never lost, applied once, linked later or set aside. `series` and `number`: its place in the
# platform's own numbering; null where there is none.
class PlatformEventRow(Model):
    id = fields.UUIDField(primary_key=True)
    platform = fields.CharField(32)
    event_id = fields.CharField(128)
    digest = fields.CharField(64)
    state = fields.CharField(16)
    problem = fields.CharField(64)
    person_key = fields.CharField(64)
    received_us = fields.BigIntField()
    series = fields.CharField(64, null=True)
    number = fields.BigIntField(null=True)
    sealed = fields.BinaryField()
    key_id = fields.CharField(16)

    class Meta:
        table = "platform_event"
        unique_together = (("platform", "event_id"),)
        indexes = (
            Index(fields=("platform", "series", "number"), name="idx_platform_event_series"),
            Index(fields=("state", "person_key", "received_us", "id"), name="idx_platform_event_person"),
            Index(fields=("state", "received_us", "id"), name="idx_platform_event_age"),
            Index(fields=("platform", "state", "received_us"), name="idx_platform_event_last"),
        )


# Before `number` of a series something is missing, as was seen when that event came. It goes once that is settled.
class EventGapRow(Model):
    id = fields.UUIDField(primary_key=True)
    platform = fields.CharField(32)
    series = fields.CharField(64)
    number = fields.BigIntField()
    person_key = fields.CharField(64)
    seen_us = fields.BigIntField()

    class Meta:
        table = "event_gap"
        indexes = (Index(fields=("seen_us", "id"), name="idx_event_gap_seen"),)


# What an operator did with an event by hand. Who and why are sealed.
class EventActRow(Model):
    id = fields.UUIDField(primary_key=True)
    event_id = fields.UUIDField()
    act = fields.CharField(16)
    at_us = fields.BigIntField()
    sealed = fields.BinaryField()
    key_id = fields.CharField(16)

    class Meta:
        table = "event_act"
        indexes = (Index(fields=("event_id", "at_us"), name="idx_event_act_event"),)


# A piece of work that comes due: to ask a platform about a party, to link what waits, to purge. `fence` grows with every
# lease, so that a holder whose lease has ended cannot finish what another holds now.
class JobRow(Model):
    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(16)
    party_id = fields.UUIDField(null=True)
    platform = fields.CharField(32)
    due_us = fields.BigIntField()
    failures = fields.IntField()
    fence = fields.BigIntField()
    lease = fields.CharField(64)
    lease_until_us = fields.BigIntField()

    class Meta:
        table = "job"
        indexes = (
            Index(fields=("kind", "due_us", "id"), name="idx_job_due"),
            Index(fields=("party_id", "platform"), name="idx_job_about"),
        )


# What one process saw of all platforms lately, as it wrote it last: numbers by platform, and nothing about anybody.
class ProcessRow(Model):
    id = fields.UUIDField(primary_key=True)
    owner = fields.CharField(64)
    at_us = fields.BigIntField()
    figures = fields.TextField()

    class Meta:
        table = "process_health"
        indexes = (Index(fields=("at_us", "id"), name="idx_process_health_age"),)


# An app or mini-program through which people come. `scopes`: words with spaces between. `suspended`: why, or nothing.
class ClientRow(Model):
    id = fields.UUIDField(primary_key=True)
    client = fields.CharField(64, unique=True)
    name = fields.TextField()
    contact = fields.TextField()
    scopes = fields.TextField()
    budget = fields.BigIntField()
    suspended = fields.TextField()
    free_text = fields.BooleanField()
    origins = fields.TextField(db_default="")
    created_us = fields.BigIntField()

    class Meta:
        table = "client"


class ClientKeyRow(Model):
    id = fields.UUIDField(primary_key=True)
    client = fields.CharField(64)
    digest = fields.CharField(64, unique=True)
    created_us = fields.BigIntField()
    ends_us = fields.BigIntField(null=True)

    class Meta:
        table = "client_key"


# What was called by which client on a day (UTC): the id of a registered operation, a field, or `all`. Of nobody in particular.
class CallCountRow(Model):
    id = fields.UUIDField(primary_key=True)
    day_us = fields.BigIntField()
    client = fields.CharField(64)
    what = fields.CharField(128)
    calls = fields.BigIntField()

    class Meta:
        table = "call_count"
        indexes = (Index(fields=("day_us", "id"), name="idx_call_count_day"),)
