"""What the environment may say, and what is said about it when it is wrong."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import reference
from app.settings import FcmSettings, PlatformSettings, Settings, SettingsError, load_settings, require

KEY, OTHER = (base64.b64encode(letter * 32).decode() for letter in (b"k", b"o"))
PRIVATE = "hunter2-hunter2"


def problems(**variables: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings({f"TONGBAN_{name}": value for name, value in variables.items()})
    return caught.value.problems


def loaded(**variables: str) -> Settings:
    return load_settings({f"TONGBAN_{name}": value for name, value in variables.items()})


def test_nothing_need_be_set():
    """Every setting has a default, and other programs' variables are none of ours."""
    settings = load_settings({"PATH": "/bin", "HOME": "/root"})
    assert settings.database_url.get_secret_value() == "sqlite://.tongban/tongban.db"
    assert (settings.host, settings.port, settings.audience, settings.graphiql) == ("127.0.0.1", 8000, "tongban", False)
    assert (settings.platforms, settings.fcm, settings.log_level, settings.drain_s) == ({}, {}, "info", 20)


def test_the_process_environment_is_not_read(monkeypatch):
    """Only what is handed in counts, in load_settings and in Settings itself."""
    monkeypatch.setenv("TONGBAN_PORT", "1")
    assert load_settings({}).port == Settings().port == 8000


def test_an_env_file_is_not_read(monkeypatch, tmp_path):
    """There is one way to set things."""
    (tmp_path / ".env").write_text("TONGBAN_PORT=1\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).port == 8000


def test_settings_do_not_change():
    """What was read at start holds until the stop."""
    with pytest.raises(ValueError, match="frozen"):
        loaded().port = 1  # type: ignore[misc]


def test_plain_settings_are_read():
    """Numbers, truth values, levels in any case, and an issuer to the letter."""
    settings = loaded(PORT="0", GRAPHIQL="true", LOG_LEVEL="WARNING", ISSUER="https://id.example.cn/x/", DRAIN_S="2.5")
    assert (settings.port, settings.graphiql, settings.log_level, settings.drain_s) == (0, True, "warning", 2.5)
    assert settings.issuer == "https://id.example.cn/x/"


def test_the_first_sealing_key_is_current():
    """The others only open what they once sealed."""
    ring = loaded(SEALING_KEYS=f"new:{KEY}, old:{OTHER}").sealing_keys.get_secret_value()
    assert (ring.current, dict(ring.keys)) == ("new", {"new": b"k" * 32, "old": b"o" * 32})


def test_keys_and_name_of_assertions_go_together():
    """Neither says anything without the other."""
    given = {"ASSERTION_KEYS": f"new:{KEY},old:{OTHER}", "ASSERTION_ISSUER": "https://tongban.example.cn"}
    settings = loaded(**given)
    assert settings.assertion_keys is not None
    assert list(settings.assertion_keys.get_secret_value().keys) == ["new", "old"]
    for name, value in given.items():
        (problem,) = problems(**{name: value})
        assert problem.startswith("TONGBAN_ASSERTION_KEYS and TONGBAN_ASSERTION_ISSUER go together")
    (problem,) = problems(**given | {"ASSERTION_ISSUER": "https://tongban.example.cn/"})
    assert problem == "TONGBAN_ASSERTION_ISSUER should have no slash at its end."


def test_a_hash_key_may_be_longer():
    """At least 32 bytes."""
    longer = base64.b64encode(b"h" * 48).decode()
    assert loaded(HASH_KEY=longer).hash_key.get_secret_value() == b"h" * 48


def test_a_platform_is_reached_through_its_own_variables():
    """Address, secrets by name in lower case, and one or two live event secrets; whatever a secret looks like."""
    settings = loaded(
        PLATFORMS__44__ADDRESS="http://127.0.0.1:9/base",
        PLATFORMS__44__SECRETS__APP_KEY="0123",
        PLATFORMS__44__SECRETS__TOKEN='{"a": 1}',
        PLATFORMS__44__EVENT_SECRETS="first, second",
        PLATFORMS__4401__ADDRESS="https://city.example.cn",
    )
    platform = settings.platforms["44"]
    assert platform.address == "http://127.0.0.1:9/base"
    assert {name: secret.get_secret_value() for name, secret in platform.secrets.items()} == {
        "app_key": "0123",
        "token": '{"a": 1}',
    }
    assert [secret.get_secret_value() for secret in platform.event_secrets] == ["first", "second"]
    assert settings.platforms["4401"].event_secrets == ()


def test_fcm_projects_are_read_as_json(tmp_path):
    """Client ids keep their letters, which names of variables could not."""
    (tmp_path / "key.json").write_text("{}")
    said = json.dumps({"Tongban-Phone": {"credentials": str(tmp_path / "key.json"), "address": "http://127.0.0.1:9"}})
    assert loaded(FCM=said).fcm == {
        "Tongban-Phone": FcmSettings(credentials=tmp_path / "key.json", address="http://127.0.0.1:9")
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eight", "TONGBAN_PORT should be a valid integer"),
        ("PORT", "70000", "TONGBAN_PORT should be less than or equal to 65535."),
        ("GRAPHIQL", "maybe", "TONGBAN_GRAPHIQL should be a valid boolean"),
        ("LOG_LEVEL", "loud", "TONGBAN_LOG_LEVEL should be 'debug', 'info', 'warning' or 'error'."),
        ("DRAIN_S", "nan", "TONGBAN_DRAIN_S should be"),
        ("ISSUER", "id.example.cn", "TONGBAN_ISSUER should be a URL that begins with http://"),
        ("ISSUER", "https://[bad", "TONGBAN_ISSUER"),
        ("DATABASE_URL", "mysql://x", "TONGBAN_DATABASE_URL should be sqlite://path or postgres://"),
        ("FCM", "phone", "TONGBAN_FCM should be an object in JSON."),
        ("FCM", '{"phone": {}}', "TONGBAN_FCM__PHONE__CREDENTIALS is needed"),
        ("FCM", '{"phone": {"credentials": "/nowhere"}}', "TONGBAN_FCM, at phone.credentials, path does not point to"),
        ("AUDIENCE", "", "TONGBAN_AUDIENCE is empty; give it a value, or leave it out."),
        ("AUDIENCE", "  ", "TONGBAN_AUDIENCE is empty; give it a value, or leave it out."),
        ("PROT", "1", "TONGBAN_PROT is not a setting. Did you mean TONGBAN_PORT?"),
        ("QQQ", "1", "TONGBAN_QQQ is not a setting."),
        ("SEALING_KEY", "1", "TONGBAN_SEALING_KEY is not a setting. Did you mean TONGBAN_SEALING_KEYS?"),
        ("PORT__DEEPER", "1", "TONGBAN_PORT__DEEPER is not a setting."),
        ("PLATFORMS__", "1", "TONGBAN_PLATFORMS__ is not a setting."),
        ("PLATFORMS__44", "x", "TONGBAN_PLATFORMS__44 should be an object in JSON."),
    ],
)
def test_a_bad_value_is_named_with_what_is_expected(name, value, said):
    """The operator reads which variable it is and what to write instead."""
    (problem,) = problems(**{name: value})
    assert problem.startswith(said)


def test_what_is_like_no_setting_is_not_likened_to_one():
    """That all begin alike makes none alike."""
    assert problems(NOPE="1") == ("TONGBAN_NOPE is not a setting.",)


def test_a_misspelt_platform_setting_is_named():
    """Below a platform too, with the close match in full."""
    assert problems(PLATFORMS__44__ADRESS="http://x") == (
        "TONGBAN_PLATFORMS__44__ADDRESS is needed: Base address of the platform.",
        "TONGBAN_PLATFORMS__44__ADRESS is not a setting. Did you mean TONGBAN_PLATFORMS__44__ADDRESS?",
    )


def test_everything_wrong_is_said_at_once():
    """Nobody restarts a server five times to learn of five mistakes."""
    found = problems(PROT="1", PORT="x", ISSUER="", FCM="{")
    assert len(found) == 4
    assert all(problem.startswith("TONGBAN_") for problem in found)


@pytest.mark.parametrize("name", ["a" * 17, "année", "a b", "a/b"])
def test_the_id_of_a_sealing_key_must_fit_its_column(name):
    """PostgreSQL would refuse the first row that names it."""
    assert loaded(SEALING_KEYS=f"2026-11.key_No-1:{KEY}").sealing_keys is not None
    (problem,) = problems(SEALING_KEYS=f"one:{OTHER},{name}:{KEY}")
    assert problem == (
        "TONGBAN_SEALING_KEYS should be id:key,id:key with ids of at most 16 letters, digits, dots, underscores or hyphens "
        "and keys of 32 bytes in base64; entry 2 is not."
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEALING_KEYS", PRIVATE),
        ("SEALING_KEYS", f"{PRIVATE}:{PRIVATE}"),
        ("SEALING_KEYS", f"one:{KEY},one:{OTHER}"),
        ("SEALING_KEYS", f"one:{KEY},"),
        ("SEALING_KEYS", f":{KEY}"),
        ("SEALING_KEYS", "one:" + base64.b64encode(b"x" * 31).decode()),
        ("SEALING_KEYS", "one:" + base64.b64encode(b"x" * 33).decode()),
        ("HASH_KEY", PRIVATE),
        ("HASH_KEY", base64.b64encode(b"x" * 31).decode()),
        ("DATABASE_URL", f"postgresql://user:{PRIVATE}@host/db"),
        ("PLATFORMS__44__SECRETS", PRIVATE),
        ("PLATFORMS__44__EVENT_SECRETS", f"{PRIVATE},b,c"),
        ("PLATFORMS__44__EVENT_SECRETS", f"{PRIVATE},"),
        ("PLATFORMS", json.dumps({"44": {"address": "http://x", "secrets": PRIVATE}})),
        ("PLATFORMS", json.dumps({"44": {"address": "http://x", "secrets": {"a": [PRIVATE]}}})),
        ("FCM", f'{{"type": "service_account", "private_key": "{PRIVATE}"}}'),
    ],
)
def test_an_error_never_repeats_a_secret(name, value):
    """Neither in the sentences nor anywhere behind them."""
    with pytest.raises(SettingsError) as caught:
        load_settings({"TONGBAN_PLATFORMS__44__ADDRESS": "http://x", f"TONGBAN_{name}": value})
    error = caught.value
    assert len(error.problems) in (1, 2)
    assert f"TONGBAN_{name}" in error.problems[0]
    assert PRIVATE not in str(error) + repr(error)
    assert KEY not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_a_repr_never_shows_a_secret():
    """Nor does a dump as JSON."""
    settings = loaded(
        SEALING_KEYS=f"one:{KEY}",
        HASH_KEY=OTHER,
        ASSERTION_KEYS=f"one:{KEY}",
        ASSERTION_ISSUER="https://tongban.example.cn",
        DATABASE_URL=f"postgres://user:{PRIVATE}@host/db",
        PLATFORMS__44__ADDRESS="http://x",
        PLATFORMS__44__SECRETS__APP_KEY=PRIVATE,
        PLATFORMS__44__EVENT_SECRETS=PRIVATE,
    )
    shown = repr(settings) + str(settings) + settings.model_dump_json() + repr(settings.model_dump())
    ring = repr(settings.sealing_keys.get_secret_value())
    assert not any(secret in shown + ring for secret in (PRIVATE, KEY, OTHER, "kkkk", "oooo"))


def test_what_serving_needs_is_asked_for_by_name():
    """A command that needs a setting says so, with its meaning."""
    with pytest.raises(SettingsError) as caught:
        require(loaded(HASH_KEY=KEY), "issuer", "sealing_keys", "hash_key")
    assert [problem.partition(" ")[0] for problem in caught.value.problems] == [
        "TONGBAN_ISSUER",
        "TONGBAN_SEALING_KEYS",
    ]
    require(loaded(HASH_KEY=KEY), "hash_key")


NAMES = st.sampled_from([*(name.upper() for name in Settings.model_fields), "PLATFORMS__44__SECRETS__A", "FCM__A__B"])


@given(st.dictionaries(NAMES | st.text(max_size=8), st.text(max_size=20), max_size=4))
def test_any_environment_is_read_or_refused_in_our_words(variables):
    """No value makes load_settings raise anything but SettingsError."""
    try:
        loaded(**variables)
    except SettingsError as error:
        sentences = error.problems
    else:
        sentences = ()
    assert all(sentence.startswith("TONGBAN_") for sentence in sentences)


def test_the_reference_is_up_to_date():
    """docs/settings.md is what `python -m app.reference` writes."""
    assert reference.HOME.read_text(encoding="utf-8") == reference.settings_reference()


def test_the_reference_leaves_nothing_out():
    """Every setting is there, with a meaning."""
    text = reference.settings_reference()
    for model in (Settings, PlatformSettings, FcmSettings):
        for name, setting in model.model_fields.items():
            assert name in text.lower()
            assert setting.description


def test_the_reference_is_in_the_projects_docs():
    """Beside the other documents, wherever the command is run."""
    assert Path(__file__).parents[3] / "docs" / "settings.md" == reference.HOME


def test_a_hyphen_of_a_code_is_an_underscore_in_names():
    """No shell takes a variable with a hyphen."""
    settings = load_settings({"TONGBAN_PLATFORMS__CITY_HALL__ADDRESS": "http://127.0.0.1:9"})
    assert set(settings.platforms) == {"city-hall"}
    with pytest.raises(SettingsError, match="TONGBAN_PLATFORMS__CITY_HALL__ADDRESS should"):
        load_settings({"TONGBAN_PLATFORMS__CITY_HALL__ADDRESS": "nowhere"})
