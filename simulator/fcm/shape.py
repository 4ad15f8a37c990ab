"""Which fields a message may have. Names are accepted in both spellings, as Google's JSON mapping does."""

import re
from collections.abc import Callable
from typing import Any

LIMIT_BYTES = 4096

Check = Callable[[Any, str], None]


class WrongFieldError(Exception):
    """A field that FCM would refuse: where, and why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


def text(value: Any, where: str) -> None:
    """A string."""
    _must(isinstance(value, str), where, "must be a string")


def flag(value: Any, where: str) -> None:
    """True or false."""
    _must(isinstance(value, bool), where, "must be a boolean")


def number(value: Any, where: str) -> None:
    """A number."""
    _must(isinstance(value, int | float) and not isinstance(value, bool), where, "must be a number")


def anything(value: Any, where: str) -> None:
    """Any JSON."""


def struct(value: Any, where: str) -> None:
    """Any JSON object."""
    _must(isinstance(value, dict), where, "must be an object")


def duration(value: Any, where: str) -> None:
    """Seconds with an s, such as "3600s", up to four weeks as FCM stores no longer."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)s", value) if isinstance(value, str) else None
    _must(found is not None and float(found[1]) <= 2_419_200, where, "must be a duration of 0s to 2419200s")


def one_of(*values: str) -> Check:
    """One of these words, in any case."""

    def check(value: Any, where: str) -> None:
        _must(isinstance(value, str) and value.upper() in values, where, f"must be one of {', '.join(values)}")

    return check


def each(check: Check) -> Check:
    """A list of such values."""

    def check_all(value: Any, where: str) -> None:
        _must(isinstance(value, list), where, "must be a list")
        for place, one in enumerate(value):
            check(one, f"{where}[{place}]")

    return check_all


def texts(value: Any, where: str) -> None:
    """An object whose values are strings."""
    struct(value, where)
    for name, one in value.items():
        text(one, f"{where}.{name}")


def data(value: Any, where: str) -> None:
    """The data of a message: strings, and no name that FCM keeps for itself."""
    texts(value, where)
    for name in value:
        kept = name in ("from", "message_type") or name.startswith(("google.", "gcm."))
        _must(not kept, f"{where}.{name}", f"Invalid data payload key: {name}")


def fields(**known: Check) -> Check:
    """An object with these fields and no others."""

    def check(value: Any, where: str) -> None:
        struct(value, where)
        for name, one in value.items():
            inner = known.get(re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name))
            place = f"{where}.{name}" if where else name
            _must(inner is not None, place, f"Unknown name {name!r} at {where!r}: Cannot find field.")
            if inner is not None:
                inner(one, place)

    return check


def _must(holds: bool, where: str, why: str) -> None:
    if not holds:
        raise WrongFieldError(where, why)


_COLOR = fields(red=number, green=number, blue=number, alpha=number)

_ANDROID_NOTIFICATION = fields(
    **dict.fromkeys(
        ("title", "body", "icon", "color", "sound", "tag", "click_action", "body_loc_key", "title_loc_key",
         "channel_id", "ticker", "event_time", "image"),
        text,
    ),
    **dict.fromkeys(("body_loc_args", "title_loc_args"), each(text)),
    **dict.fromkeys(("sticky", "local_only", "default_vibrate_timings", "default_sound", "default_light_settings",
                     "bypass_proxy_notification"), flag),
    vibrate_timings=each(duration),
    notification_count=number,
    notification_priority=one_of("PRIORITY_UNSPECIFIED", "PRIORITY_MIN", "PRIORITY_LOW", "PRIORITY_DEFAULT",
                                 "PRIORITY_HIGH", "PRIORITY_MAX"),
    visibility=one_of("VISIBILITY_UNSPECIFIED", "PRIVATE", "PUBLIC", "SECRET"),
    proxy=one_of("PROXY_UNSPECIFIED", "ALLOW", "DENY", "IF_PRIORITY_LOWERED"),
    light_settings=fields(color=_COLOR, light_on_duration=duration, light_off_duration=duration),
)  # fmt: skip

_ANDROID = fields(
    collapse_key=text,
    priority=one_of("NORMAL", "HIGH"),
    ttl=duration,
    restricted_package_name=text,
    data=data,
    notification=_ANDROID_NOTIFICATION,
    fcm_options=fields(analytics_label=text),
    direct_boot_ok=flag,
    bandwidth_constrained_ok=flag,
    restricted_satellite_ok=flag,
)

_MESSAGE = fields(
    token=text,
    fid=text,
    data=data,
    notification=fields(title=text, body=text, image=text),
    android=_ANDROID,
    apns=fields(headers=texts, payload=struct, fcm_options=fields(analytics_label=text, image=text),
                live_activity_token=text),
    webpush=fields(headers=texts, data=data, notification=struct, fcm_options=fields(link=text, analytics_label=text)),
    fcm_options=fields(analytics_label=text),
)  # fmt: skip

REQUEST = fields(message=_MESSAGE, validate_only=flag)
