from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from bot.log import JsonFormatter, TextFormatter, redact
from bot.problems import ExitProblem
from bot.settings import KEY_FILE, Settings, load_settings

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


def test_each_wrong_value_is_named_in_one_sentence_without_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_JOBS", "lots-of-secret")
    monkeypatch.setenv("DISCORD_API_BASE", "discord.com")
    with pytest.raises(ExitProblem) as caught:
        load_settings()
    assert "MAX_CONCURRENT_JOBS" in caught.value.sentence
    assert "DISCORD_API_BASE" in caught.value.sentence
    assert "lots-of-secret" not in caught.value.sentence
    assert "\n" not in caught.value.sentence


@pytest.mark.parametrize("token", ["", "   "])
def test_a_missing_token_says_where_to_find_one(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", token)
    with pytest.raises(ExitProblem, match="DISCORD_TOKEN"):
        load_settings().token()


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
