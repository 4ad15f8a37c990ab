"""The reference of all settings, written from their definitions: `python -m app.reference` writes docs/settings.md."""

from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.settings import FcmSettings, PlatformSettings, Settings, variable

HOME = Path(__file__).parents[1] / "docs" / "settings.md"

_REFERENCE = """\
# Settings

Written by `python -m app.reference` from app/settings.py; change it there.

Everything is set through the environment; there is no settings file. An unknown `TONGBAN_` name, an empty value or a
value that cannot be is an error at start which names the variable. Secrets are never shown. A key is made with
`openssl rand -base64 32`.

| variable | default | meaning |
|---|---|---|
{plain}

## A platform

`<CODE>` is the platform's code. Names are read in lower case, as its description has them. All of it may be given as
JSON in `TONGBAN_PLATFORMS` instead.

| variable | default | meaning |
|---|---|---|
{platform}

## An FCM project

In `TONGBAN_FCM`, an object by client of objects with these keys:

| key | default | meaning |
|---|---|---|
{project}
"""


def settings_reference() -> str:
    """The reference of all settings in Markdown, as docs/settings.md must have it."""
    plain = [_row(variable([name]), field) for name, field in Settings.model_fields.items() if name != "platforms"]
    platform = ["platforms", "<code>"]
    ways = {"secrets": [*platform, "secrets", "<name>"]}
    rows = [
        _row(variable(ways.get(name, [*platform, name])), field)
        for name, field in PlatformSettings.model_fields.items()
    ]
    project = [_row(name, field) for name, field in FcmSettings.model_fields.items()]
    return _REFERENCE.format(plain="\n".join(plain), platform="\n".join(rows), project="\n".join(project))


def _row(name: str, field: FieldInfo) -> str:
    return f"| `{name}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required():
        return "needed"
    if value is None or value == () or field.default_factory is not None:
        return ""
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return f"`{text.lower() if isinstance(value, bool) else text}`"


if __name__ == "__main__":
    HOME.write_text(settings_reference(), encoding="utf-8")
