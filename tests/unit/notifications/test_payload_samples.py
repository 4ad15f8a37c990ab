"""The payload samples that app developers build on are what goes over the wire."""

import json
from pathlib import Path
from typing import Any

import pytest
from firebase_admin import messaging

from domain.caller import Locale
from domain.event import EventKind
from domain.times import HOUR, SECOND
from domain.transition import CATEGORY_OF, Category
from notifications.channel import Push
from notifications.channels.fcm.message import LONGEST_TTL_S, message_of
from notifications.rules import Send, decide
from notifications.wording import push_texts
from tests.unit.notifications.samples import NOW, delivery, device, notification

PATH = Path(__file__).resolve().parents[3] / "mobile_contract" / "push" / "samples"

SAMPLES = {
    Category.ACTION: EventKind.MATERIAL_DEMANDED,
    Category.RESULT: EventKind.GRANTED,
    Category.PROGRESS: EventKind.ACCEPTED,
}


def push(kind: EventKind) -> Push:
    """The push for news of this kind, an hour before its delivery expires."""
    decision = decide(delivery(expires=NOW + HOUR), notification(kind), device(token="TOKEN"), NOW, ["memory"])
    assert isinstance(decision, Send)
    return decision.push


def wire(category: Category) -> dict[str, Any]:
    """The request body that the library sends, by its own encoder."""
    body = messaging._MessagingService.encode_message(message_of(push(SAMPLES[category]), NOW))
    return {"message": json.loads(json.dumps(body))}


def test_there_is_a_sample_of_each_category() -> None:
    """Every category of news has its sample, and no sample is left over."""
    assert {path.stem for path in PATH.glob("*.json")} == set(Category) == set(SAMPLES)
    assert all(CATEGORY_OF[kind] is category for category, kind in SAMPLES.items())


@pytest.mark.parametrize("category", Category)
def test_a_sample_is_what_is_sent(category: Category) -> None:
    """What the encoder makes of a push is the sample, field for field."""
    assert wire(category) == json.loads((PATH / f"{category}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("category", Category)
def test_every_key_of_a_sample_is_a_string_of_the_app(category: Category) -> None:
    """An app that ships the published strings can word the message on both systems."""
    message = wire(category)["message"]
    android, alert = message["android"]["notification"], message["apns"]["payload"]["aps"]["alert"]
    keys = {android["title_loc_key"], android["body_loc_key"], alert["title-loc-key"], alert["loc-key"]}
    assert all(keys <= set(push_texts(locale)) for locale in Locale)


@pytest.mark.parametrize("category", Category)
def test_a_message_is_small(category: Category) -> None:
    """It stays far under the 4096 bytes that FCM and APNs take, with a long token."""
    assert len(json.dumps(wire(category))) < 1200


@pytest.mark.parametrize(("ttl_s", "kept"), [(-5, "0s"), (0, "0s"), (60, "60s"), (10**9, f"{LONGEST_TTL_S}s")])
def test_a_life_fits_what_fcm_takes(ttl_s: int, kept: str) -> None:
    """FCM refuses a life below zero or over four weeks; APNs gets the same end as an instant."""
    one = Push("TOKEN", "app", "notification_1", "case.granted", "tag", ttl_s, urgent=False)
    body = messaging._MessagingService.encode_message(message_of(one, NOW))
    assert body["android"]["ttl"] == kept
    assert body["apns"]["headers"]["apns-expiration"] == str(NOW // SECOND + int(kept[:-1]))
