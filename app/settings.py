"""What an operator can set, all of it through the environment: names begin with TONGBAN_, `__` goes one level deeper.

Whatever is wrong is said at start, all at once, by the name of its variable; the values of secrets are never repeated.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    DirectoryPath,
    Field,
    FilePath,
    SecretStr,
)
from pydantic import ValidationError as Invalid
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from app.setting_forms import (
    ByCode,
    DatabaseUrl,
    HashKeyText,
    HttpUrl,
    KeyRingText,
    LiveSecrets,
    Lower,
    OurIssuer,
    RedisUrl,
    SecretText,
)
from domain.client import ADDRESS_BUDGET, CALLER_BUDGET, MOST_BUDGET

PREFIX, DEEPER = "TONGBAN_", "__"


class SettingsError(Exception):
    """The environment cannot be used. `problems` are plain sentences, each beginning with the variable it is about."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


_STRICT = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PlatformSettings(BaseModel):
    """How one platform is reached. Names in `secrets` are those of its description, in lower case."""

    model_config = _STRICT

    address: HttpUrl = Field(description="Base address of the platform.")
    secrets: dict[str, SecretText] = Field(
        default_factory=dict, description="A secret of ours there, by the name that its description gives it."
    )
    event_secrets: LiveSecrets = Field(
        default=(), description="Secrets with which it signs events: one, or two while it changes, comma-separated."
    )


class FcmSettings(BaseModel):
    """The FCM project of one client."""

    model_config = _STRICT

    credentials: FilePath = Field(description="File with the service account's key.")
    address: HttpUrl | None = Field(default=None, description="Instead of Google's address, for tests.")


class Settings(BaseSettings):
    """Everything that can be set. Made by load_settings; made directly it reads no environment."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix=PREFIX,
        env_nested_delimiter=DEEPER,
    )

    database_url: DatabaseUrl = Field(
        default=SecretStr("sqlite://.tongban/tongban.db"),
        description="The database: `sqlite://path` or `postgres://user:password@host:port/name`.",
    )
    redis_url: RedisUrl | None = Field(
        default=None,
        description="Redis, with which several processes share one PostgreSQL database: `redis://host:port/number`, or "
        "`redis+cluster://host:port` with any node of a cluster; `rediss` for TLS. Without it there is one process.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")

    issuer: HttpUrl | None = Field(
        default=None, description="Issuer of the OpenID Connect provider, to the letter. Needed to serve."
    )
    audience: str = Field(default="tongban", min_length=1, description="Audience that access tokens must be meant for.")
    identity_type_claim: str = Field(
        default="identity_type", min_length=1, description="Claim with the kind of identity document."
    )
    identity_number_claim: str = Field(
        default="identity_number", min_length=1, description="Claim with the number of the identity document."
    )
    name_claim: str = Field(default="name", min_length=1, description="Claim with the person's name.")
    assurance_claim: str = Field(
        default="real_name_level",
        min_length=1,
        description="Claim with the real-name level, 0 to 3. When somebody signed in is read from `auth_time`, if it is there.",
    )
    represents_claim: str = Field(
        default="represents",
        min_length=1,
        description="Claim with the organisation acted for: an object of type, number and name under the names above.",
    )

    accounts_claim: str = Field(
        default="accounts",
        min_length=1,
        description="Claim with the person's accounts at platforms: an object of account by platform code; inside the claim "
        "above those of the organisation. A token without it says that there are none.",
    )

    sealing_keys: KeyRingText = Field(
        default=None,
        description="Keys that seal personal data: `id:key,id:key`, ids of at most 16 letters, digits, dots, "
        "underscores or hyphens, keys of 32 bytes in base64; the first seals, all open. Needed to serve.",
    )
    hash_key: HashKeyText = Field(
        default=None,
        description="Key of the hashes by which people are found: at least 32 bytes in base64. It can never change. "
        "Needed to serve.",
    )

    assertion_keys: KeyRingText = Field(
        default=None,
        description="Private keys (P-256) that sign assertions about people, for platforms that take them: in the form of "
        "sealing keys, each any 32 random bytes; the first signs, all are published at `/.well-known/jwks.json`.",
    )
    assertion_issuer: OurIssuer | None = Field(
        default=None,
        description="What assertions call us: the address below which platforms find `/.well-known/jwks.json`, without a slash "
        "at its end. Needed with `TONGBAN_ASSERTION_KEYS`.",
    )

    platforms: Annotated[dict[str, PlatformSettings], ByCode] = Field(
        default_factory=dict, description="The connected platforms, by code."
    )
    descriptions: DirectoryPath | None = Field(
        default=None,
        description="A folder with descriptions of further platforms, `<code>/platform.toml`, and with a `register.toml` of "
        "further systems that are known and not connected.",
    )
    fcm: dict[str, FcmSettings] = Field(
        default_factory=dict,
        description='FCM projects by client, as JSON: `{"phone": {"credentials": "/run/secrets/phone.json"}}`.',
    )

    working_days: FilePath | None = Field(
        default=None,
        description="File with days off and worked weekend days that the built-in calendar does not know: see operating.md.",
    )
    caller_budget: int = Field(
        default=CALLER_BUDGET,
        ge=100,
        le=MOST_BUDGET,
        description="What one caller may spend in a minute, in the cost of operations.",
    )
    address_budget: int = Field(
        default=ADDRESS_BUDGET,
        ge=100,
        le=MOST_BUDGET,
        description="What callers without a token may spend in a minute from one address.",
    )
    graphiql: bool = Field(
        default=False,
        description="Whether introspection, GraphiQL and operations that no release holds are open to everybody.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Lower] = Field(
        default="info", description="Least level that is logged: debug, info, warning or error."
    )
    breaker: Annotated[Literal["act", "watch"], Lower] = Field(
        default="act",
        description="What is done about a platform that fails most calls: act leaves it alone for a while, watch only says when "
        "it would be.",
    )
    drain_s: float = Field(
        default=20,
        ge=0,
        le=600,
        description="Seconds given to all that is under way when told to stop: requests, questions, pushes and jobs.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is handed in, and nothing behind the caller's back."""
        return (init_settings,)


_NESTED: Mapping[str, type[BaseModel]] = {"platforms": PlatformSettings, "fcm": FcmSettings}
_PLAINLY = {
    "model_type": "should be an object in JSON",
    "dict_type": "should be an object in JSON",
    "string_too_short": "should not be empty",
    "too_short": "should not be empty",
    "too_long": "should have at most two entries",
}


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Reads the TONGBAN_ variables of `environment` and no others. Raises SettingsError with all that is wrong."""
    ours = {name.upper(): value for name, value in environment.items() if name.upper().startswith(PREFIX)}
    wrong = {name: problem for name, value in sorted(ours.items()) if (problem := _problem(name, value))}
    known = {name: value for name, value in ours.items() if name not in wrong}
    problems = list(wrong.values())
    try:
        settings = Settings(**_Handed(known)())
    except Invalid as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise SettingsError(problems + [_sentence(detail, known) for detail in found]) from None
    if problems:
        raise SettingsError(problems)
    if settings.redis_url and settings.database_url.get_secret_value().startswith("sqlite:"):
        raise SettingsError([
            "TONGBAN_REDIS_URL is for several processes on one PostgreSQL database; a SQLite file serves one. Leave it out, "
            "or name a PostgreSQL database in TONGBAN_DATABASE_URL."
        ])  # fmt: skip
    if (settings.assertion_keys is None) != (settings.assertion_issuer is None):
        raise SettingsError(["TONGBAN_ASSERTION_KEYS and TONGBAN_ASSERTION_ISSUER go together: give both, or neither."])
    return settings


def require(settings: Settings, *names: str) -> None:
    """Raises SettingsError if one of these settings, named by field, has no value."""
    missing = [name for name in names if getattr(settings, name) is None]
    if missing:
        meanings = {name: _meaning(Settings, name).removesuffix(" Needed to serve.") for name in missing}
        raise SettingsError([f"{variable([name])} is needed: {meaning}" for name, meaning in meanings.items()])


class _Handed(EnvSettingsSource):
    """Variables that were handed in, in place of the process's own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(Settings)
        self.env_vars = {name.lower(): value for name, value in environment.items()}

    def decode_complex_value(self, field_name: str, field: FieldInfo | None, value: Any) -> Any:
        """What is not JSON stays text, so that it is refused with everything else, by the name of its variable."""
        try:
            return super().decode_complex_value(field_name, field, value)  # type: ignore[arg-type]
        except ValueError:
            return value


def _problem(name: str, value: str) -> str | None:
    head, deeper, rest = name.removeprefix(PREFIX).lower().partition(DEEPER)
    if head not in Settings.model_fields or (deeper and (head not in _NESTED or "" in rest.split(DEEPER))):
        return f"{name} is not a setting." + _did_you_mean(name, [variable([field]) for field in Settings.model_fields])
    return f"{name} is empty; give it a value, or leave it out." if not value.strip() else None


def _sentence(detail: ErrorDetails, known: Mapping[str, str]) -> str:
    """One error of pydantic's, in plain words and by the variable that caused it. Values are not repeated."""
    path = [str(part) for part in detail["loc"]]
    if detail["type"] == "extra_forbidden":
        siblings = [variable([*path[:-1], name]) for name in _NESTED[path[0]].model_fields]
        return f"{variable(path)} is not a setting." + _did_you_mean(variable(path), siblings)
    if detail["type"] == "missing":
        return f"{variable(path)} is needed: {_meaning(_NESTED[path[0]], path[-1])}"
    said = _PLAINLY.get(detail["type"]) or detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{_caused_by(path, known)} {said[0].lower()}{said[1:]}."


def _caused_by(path: list[str], known: Mapping[str, str]) -> str:
    """The variable that was set, and the place inside of it if it holds more than one value."""
    for length in range(len(path), 0, -1):
        if variable(path[:length]) in known:
            inside = ".".join(path[length:])
            return variable(path[:length]) + (f", at {inside}," if inside else "")
    return variable(path)


def variable(path: Sequence[str]) -> str:
    """The name of the variable for a field, or for a place inside of one."""
    return PREFIX + DEEPER.join(path).upper().replace("-", "_")


def _did_you_mean(name: str, names: Sequence[str]) -> str:
    """Compared without what all names begin with: that alone would make any two look alike."""
    ends = {one.removeprefix(PREFIX): one for one in names}
    close = difflib.get_close_matches(name.removeprefix(PREFIX), ends, n=1, cutoff=0.7)
    return f" Did you mean {ends[close[0]]}?" if close else ""


def _meaning(model: type[BaseModel], name: str) -> str:
    return model.model_fields[name].description or ""
