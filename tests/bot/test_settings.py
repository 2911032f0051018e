from __future__ import annotations

import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.log import JsonFormatter, TextFormatter, redact
from bot.problems import ExitProblem
from bot.settings import KEY_FILE, Settings, load_settings, misspelt_settings
from bot.wrong_settings import allowed

ROOT = Path(__file__).parent.parent.parent
TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_example_file_names_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(given) == {name.upper() for name in Settings.model_fields}
    Path(".env").write_text((ROOT / ".env.example").read_text())
    assert load_settings() == Settings(_env_file=None)


def test_the_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("MAX_CONCURRENT_JOBS=3\nLOG_LEVEL=debug\nPROGRESS_EMBED_COLOR=0xff0000\n")
    monkeypatch.setenv("MAX_CONCURRENT_JOBS", "4")
    settings = load_settings()
    assert (settings.max_concurrent_jobs, settings.log_level) == (4, "debug")
    assert settings.progress_embed_color == 0xFF0000


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("MAX_CONCURRENT_JOBS", "many", "MAX_CONCURRENT_JOBS is 'many'; give a whole number from 1 to 1,000."),
        ("MAX_QUEUE_SIZE", "-1", "MAX_QUEUE_SIZE is '-1'; give a whole number from 0 to 10,000,000."),
        ("DEFAULT_JOB_TIMEOUT", "inf", "DEFAULT_JOB_TIMEOUT is 'inf'; give a number above 0, 31,536,000 at most."),
        ("ENABLE_MEMBERS_INTENT", "perhaps", "ENABLE_MEMBERS_INTENT is 'perhaps'; give true or false."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud'; give debug, info, warning or error."),
        ("PROGRESS_EMBED_COLOR", "green", "PROGRESS_EMBED_COLOR is 'green'; give a colour like 0x00AE86."),
        ("PROGRESS_EMBED_TITLE", "x" * 101, f"PROGRESS_EMBED_TITLE is '{'x' * 40}…'; give a text of 1 to 100 letters."),
        (
            "DISCORD_API_BASE",
            "https://discord.com/\n",
            "DISCORD_API_BASE is 'https://discord.com/\\n'; give an address like https://discord.com/api/v10, "
            "without a slash at its end.",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_was_given_and_what_is_allowed(
    name: str, given: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(ExitProblem) as caught:
        load_settings()
    assert caught.value.sentence == sentence


def test_several_wrong_values_are_one_line_and_a_token_in_the_wrong_place_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_JOBS", TOKEN)
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(ExitProblem) as caught:
        load_settings()
    assert caught.value.sentence.count(" give ") == 2
    assert "MAX_CONCURRENT_JOBS" in caught.value.sentence
    assert "LOG_FORMAT" in caught.value.sentence
    assert TOKEN not in caught.value.sentence
    assert "\n" not in caught.value.sentence


def test_every_setting_says_what_it_takes() -> None:
    for name, field in Settings.model_fields.items():
        said = allowed(field)
        assert said
        assert "None" not in said, name


def test_words_may_be_in_capitals_and_a_colour_as_on_the_web(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    monkeypatch.setenv("PROGRESS_EMBED_COLOR", "#ff0010")
    assert (load_settings().log_level, load_settings().progress_embed_color) == ("warning", 0xFF0010)


def test_names_that_are_nearly_a_settings_are_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("MAX_CONCURENT_JOBS=3\nPOSTGRES_PASSWORD=x\n")
    monkeypatch.setenv("DISCORD_TOKN", TOKEN)
    assert misspelt_settings() == [
        "DISCORD_TOKN is no setting. Did you mean DISCORD_TOKEN?",
        "MAX_CONCURENT_JOBS is no setting. Did you mean MAX_CONCURRENT_JOBS?",
    ]


def test_a_file_that_is_no_text_is_named() -> None:
    Path(".env").write_bytes(b"LOG_LEVEL=\xff\xfe\n")
    with pytest.raises(ExitProblem, match=r"\.env cannot be read"):
        load_settings()


@pytest.mark.parametrize("token", ["", "   "])
def test_a_missing_token_says_where_to_find_one(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", token)
    with pytest.raises(ExitProblem, match="DISCORD_TOKEN"):
        load_settings().token()


@pytest.mark.parametrize("token", [f"Bot {TOKEN}", f"{TOKEN}\nX-Other: header", f"{TOKEN}\x00"])
def test_a_token_that_cannot_be_one_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ExitProblem, match="DISCORD_TOKEN holds a space or a line break") as caught:
        Settings(_env_file=None, discord_token=SecretStr(token)).token()
    assert TOKEN not in caught.value.sentence


def test_secrets_are_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    assert TOKEN not in repr(load_settings())
    assert "k" * 40 not in repr(load_settings())


def test_the_key_is_made_once_for_the_operator_alone() -> None:
    first = load_settings().key()
    assert load_settings().key() == first
    assert len(first) >= 32
    assert stat.S_IMODE((Path("data") / KEY_FILE).stat().st_mode) == 0o600


def test_processes_that_start_at_once_find_one_whole_key() -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_settings().key(), range(24)))
    assert len(keys) == 1
    assert [path.name for path in Path("data").iterdir()] == [KEY_FILE]


def test_a_short_key_and_a_damaged_key_file_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data").mkdir()
    (Path("data") / KEY_FILE).write_text("short")
    with pytest.raises(ExitProblem, match="damaged"):
        load_settings().key()
    monkeypatch.setenv("SECRET_KEY", "short")
    with pytest.raises(ExitProblem, match="SECRET_KEY"):
        load_settings().key()


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_tokens_are_cut_out_of_every_line_and_trace(formatter: logging.Formatter) -> None:
    try:
        raise RuntimeError(f"POST /webhooks/123456/aW50ZXJhY3Rpb246abc.def_-/messages with {TOKEN}")
    except RuntimeError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "f", 1, f"token {TOKEN}", None, (type(error), error, error.__traceback__)
        )
    text = formatter.format(record)
    assert TOKEN not in text
    assert "aW50ZXJhY3Rpb246" not in text


def test_redaction_leaves_ordinary_text_alone() -> None:
    assert redact("job k7f39qztma in jobs.engine.backends.sqlite.writer took 1.5 s") == (
        "job k7f39qztma in jobs.engine.backends.sqlite.writer took 1.5 s"
    )
