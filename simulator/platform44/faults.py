"""How the platform can answer badly."""

from typing import Any

_RENAMED = {
    "PROJECT_NO": "PROJECT_CODE",
    "TASK_NAME": "ITEM_NAME",
    "STEP_CODE": "LINK_CODE",
    "RESULT_TYPE": "RESULT_CODE",
    "ZZBS": "LICENCE_IDENTIFIER",
    "ZZMC": "LICENCE_TITLE",
}
ERRORS = ("http500", "garbage", "html", "drift", "declined", "truncated")


def drifted(data: Any) -> Any:
    """The same answer after somebody renamed fields without telling anyone."""
    if isinstance(data, dict):
        return {_RENAMED.get(key, key): drifted(value) for key, value in data.items()}
    return [drifted(value) for value in data] if isinstance(data, list) else data
