"""The domain's closed lists as GraphQL enums, every value described."""

from collections.abc import Mapping
from enum import EnumMeta
from typing import Any

import strawberry

from domain.caller import Freshness
from domain.client import Scope
from domain.deadline import PauseReason
from domain.errors import ErrorCode
from domain.event import EventKind, Outcome, Procedure, Stage
from domain.health import BreakerState, PlatformState
from domain.licence import IdentifierCheck, LicenceState
from domain.limit import LimitUnit
from domain.platform import Absence
from domain.source import FederatedList, Reason, Rows
from domain.standing import NextAction
from domain.transition import Category
from schema.price import weigh


def described(enum: EnumMeta, name: str, description: str, values: Mapping[str, str]) -> Any:
    """Makes a GraphQL enum of an enum of ours. Raises ValueError unless every value is described, and no other."""
    strawberry.enum(enum, name=name, description=description)
    definition: Any = enum.__dict__["__strawberry_definition__"]
    if wrong := {value.name for value in definition.values} ^ set(values):
        raise ValueError(f"{name}: without a description, or without a value: {', '.join(sorted(wrong))}")
    for value in definition.values:
        value.description = values[value.name]
    return enum


described(
    Stage,
    "Stage",
    "Where a case stands.",
    {
        "RECEPTION": "Handed in, and with the front desk.",
        "APPROVAL": "Being handled.",
        "COMPLETION": "Ended; the outcome says how.",
    },
)
described(
    Outcome,
    "Outcome",
    "How a completed case ended.",
    {
        "GRANTED": "What was asked for is granted.",
        "REFUSED": "What was asked for is refused; an event says why.",
        "WITHDRAWN": "Withdrawn by the applicant.",
        "LAPSED": "Ended without a decision, for instance because a correction never came.",
    },
)
described(
    NextAction,
    "NextAction",
    "What the citizen does next.",
    {
        "CORRECT": "Correct or supplement the application, as asked.",
        "VISIT": "Come to the place, as asked.",
        "SUPPLY_MATERIAL": "Hand over the material, as asked.",
        "COLLECT": "Collect the result.",
        "WAIT": "Wait: the platform is at work.",
        "NOTHING": "Nothing: it is over.",
    },
)
described(
    EventKind,
    "EventKind",
    "What happened to a case.",
    {
        "RECEIVED": "The application came in.",
        "ACCEPTED": "The application was accepted.",
        "STEP_TAKEN": "A step of handling began.",
        "CORRECTION_DEMANDED": "The applicant must correct or supplement.",
        "CORRECTION_RECEIVED": "The correction came in.",
        "VISIT_DEMANDED": "The applicant must come in person.",
        "VISIT_MADE": "The applicant came.",
        "MATERIAL_DEMANDED": "Material beyond the published list was demanded.",
        "MATERIAL_RECEIVED": "A material was handed over.",
        "SUSPENDED": "A special procedure began; the clock stands still.",
        "RESUMED": "A special procedure ended; the clock goes on.",
        "GRANTED": "What was asked for was granted.",
        "REFUSED": "What was asked for was refused.",
        "WITHDRAWN": "The applicant withdrew.",
        "LAPSED": "The case ended without a decision.",
        "ANNULLED": "An earlier result was annulled.",
        "REOPENED": "The case was opened again.",
        "COLLECTED": "The result was collected.",
    },
)
described(
    Procedure,
    "SpecialProcedure",
    "Which special procedure stops the clock (GB/T 39046-2020, annex A).",
    {
        "EXTENDED_APPROVAL": "The time for the decision was extended.",
        "OTHER": "Anything else: an expert review, a hearing, a public notice.",
    },
)
described(
    LimitUnit,
    "LimitUnit",
    "What a limit is counted in.",
    {
        "WORKING_DAYS": "Days that are neither weekends nor days off.",
        "CALENDAR_DAYS": "All days.",
        "MONTHS": "Months, to the day of the same number.",
    },
)
described(
    PauseReason,
    "PauseReason",
    "Why the clock of a case stands still.",
    {
        "CORRECTION": "The applicant must correct or supplement: it goes on when that has come.",
        "EXTENDED_APPROVAL": "The time for the decision was extended.",
        "OTHER_PROCEDURE": "Another special procedure is under way, or one of which the platform says no more.",
    },
)
described(
    Category,
    "NotificationCategory",
    "What kind of news a notification is.",
    {
        "ACTION": "The citizen must do something.",
        "RESULT": "A case ended, or an ended one was opened again.",
        "PROGRESS": "A case moved on.",
    },
)
described(
    LicenceState,
    "LicenceState",
    "Whether a licence holds, as its platform says.",
    {
        "VALID": "It holds.",
        "SUSPENDED": "It does not hold for now.",
        "REVOKED": "It was taken away.",
        "CANCELLED": "It was given up or replaced.",
        "EXPIRED": "Its time is over.",
    },
)
described(
    IdentifierCheck,
    "IdentifierCheck",
    "What the check character of a licence's identifier says (GB/T 36904-2018).",
    {
        "VERIFIED": "The identifier is of the national form and its check character is right.",
        "WRONG_CHECK": "The identifier is of the national form and its check character is wrong.",
        "NON_NATIONAL_FORM": "There is no identifier, or it is of another form.",
    },
)
described(
    Freshness,
    "Freshness",
    "How much an answer may wait for platforms, within the deadline.",
    {
        "KNOWN": "For nothing: what is known now; platforms are asked behind it.",
        "RECENT": "For platforms whose last answer is older than they allow; and those never asked, until all were asked once.",
        "LIVE": "For every platform that holds something, was heard of or is in trouble; and those never asked.",
    },
)
# Asking platforms is the dearest thing that we do.
weigh(Freshness, {"RECENT": 50, "LIVE": 200})
described(
    FederatedList,
    "FederatedList",
    "A list that comes out of many platforms.",
    {"CASES": "The cases.", "LICENCES": "The licences."},
)
described(
    Rows,
    "SourceRows",
    "What a platform's rows in an answer are worth.",
    {
        "CURRENT": "As new as the platform's rules ask for.",
        "STALE": "Known from before; see asOf.",
        "NONE": "There are none.",
    },
)
described(
    Reason,
    "SourceReason",
    "Why a platform did not contribute what it should have.",
    {
        "TIMEOUT": "It did not answer in time.",
        "UNREACHABLE": "It could not be reached.",
        "BREAKER_OPEN": "It failed too often and is left alone for a while.",
        "RATE_LIMITED": "It asked for fewer questions.",
        "DRIFTED": "It answered in a form that is not the agreed one.",
        "REFUSED": "It declined to answer.",
        "NOT_ASKED": "It was not asked for this answer, and nothing recent is known of it: where asking again changes "
        "nothing, it wants a higher real-name level.",
    },
)
described(
    PlatformState,
    "PlatformState",
    "How a platform is doing, in a word.",
    {
        "OPERATIONAL": "It answers, and in time.",
        "SLOW": "Half of its answers take longer than a phone waits for by default (1.5 s).",
        "FAILING": "At least two and a tenth of the calls, or all, fail, are declined or answered in a form that was not agreed.",
        "DOWN": "It failed so often that it is left alone but for a try now and then, and nobody had an answer since.",
        "UNKNOWN": "It is connected, and nobody asked it in the last five minutes.",
        "NOT_CONNECTED": "It is known and not connected; absence says why.",
    },
)
described(
    BreakerState,
    "BreakerState",
    "What guards a platform from being asked while it fails.",
    {
        "CLOSED": "It is asked.",
        "OPEN": "It failed too often, and is left alone; by one of our processes at least.",
        "PROBING": "One call finds out whether it is back.",
    },
)
described(
    Absence,
    "PlatformAbsence",
    "Why a known system is not connected.",
    {
        "NO_INTERFACE": "It has no interface.",
        "NOT_AGREED": "There is no agreement with it.",
        "PREPARING": "It is being connected.",
        "ENDED": "It was connected, and is no more.",
        "NO_ACCESS": "It is described, and this service has no access to it.",
        "BROKEN": "This service cannot read its description.",
    },
)
described(
    ErrorCode,
    "ErrorCode",
    "Why a field is null or a change was not made: extensions.code of an error, or code of a UserError.",
    {
        "UNAUTHENTICATED": "Sign in first.",
        "ASSURANCE_TOO_LOW": "Sign in with a higher real-name level.",
        "PAGE_SIZE": "first must be from 0 to 100.",
        "BAD_CURSOR": "What was given as a cursor is none of this list.",
        "BAD_ID": "Not an id of this service, or of another kind than asked for.",
        "BAD_INPUT": "An input is not as described.",
        "BAD_REQUEST": "The request or the document in it is not valid.",
        "LIMIT_EXCEEDED": "The document is larger, deeper or dearer than what is answered; the message says which limit it is.",
        "RATE_LIMITED": "The budget of this minute is spent: wait as long as Retry-After says, and ask for less.",
        "UNKNOWN_CLIENT": "The client of this token is not registered here.",
        "SUSPENDED_CLIENT": "The client of this token is suspended for now.",
        "OUT_OF_SCOPE": "The client of this token was not granted this.",
        "NOT_REGISTERED": "This client, or a caller without a token, may send operations of registered releases alone.",
        "PERSISTED_QUERY_NOT_FOUND": "No document of this hash is known: send its text with it.",
        "INTROSPECTION_CLOSED": "This service does not describe its schema to this client.",
        "NOT_FOUND": "There is no such thing among the caller's.",
        "UNAVAILABLE": "The service cannot answer now; try again.",
        "INTERNAL": "A fault of the service; it has been noted.",
    },
)
described(
    Scope,
    "Scope",
    "What a client may do for people who signed in with it; agreed when it is registered.",
    {
        "CASES": "Read cases.",
        "LICENCES": "Read licences.",
        "NOTIFICATIONS": "Read the inbox, and mark it as read.",
        "DEVICES": "Have phones told of changes.",
        "SCHEMA": "See the schema where it is not open to everybody: introspection, and errors that name what is in it.",
        "GATEWAY": "Ask as a gateway that puts this service and others together, with a key of its own beside people's tokens.",
    },
)
