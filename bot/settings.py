"""The operator's settings, read from the environment and `.env`, checked before anything starts.

Owns names, defaults and ranges; knows no engine but its configuration value. Invariant: a secret is in no repr,
and a wrong value ends in one line that names the setting, what was given and what is allowed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.problems import EX_CONFIG, ExitProblem
from bot.vault import MIN_KEY_CHARS
from bot.wrong_settings import misspelt, sentences
from jobs.engine.config import QueueConfig
from jobs.engine.retry import Backoff

KEY_FILE = "errand.key"


YEAR_S = 31_536_000
ENV_FILE = Path(".env")


def _color(value: object) -> object:
    if not isinstance(value, str):
        return value
    return int(value[1:], 16) if value.startswith("#") else int(value, 0)


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


LowerCase = BeforeValidator(_lower)


class Settings(BaseSettings):
    """See `.env.example` for what each one does. Durations in seconds."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", frozen=True, allow_inf_nan=False
    )

    discord_token: SecretStr | None = None
    discord_api_base: str | None = Field(
        None,
        pattern=r"^https?://\S*[^\s/]$",
        description="an address like https://discord.com/api/v10, without a slash at its end",
    )
    discord_gateway_url: str | None = Field(
        None, pattern=r"^wss?://\S+$", description="an address like wss://gateway.discord.gg"
    )
    enable_members_intent: bool = True
    enable_message_content_intent: bool = False

    database_path: Path = Path("data/errand.db")
    artifacts_path: Path = Path("data/artifacts")
    secret_key: SecretStr | None = None

    max_concurrent_jobs: int = Field(10, ge=1, le=1000)
    max_queue_size: int = Field(1000, ge=0, le=10_000_000)
    default_job_timeout: float = Field(300, gt=0, le=YEAR_S)
    default_max_retries: int = Field(3, ge=0, le=100)
    default_retry_delay: float = Field(5, ge=0, le=YEAR_S)
    max_retry_delay: float = Field(60, ge=0, le=YEAR_S)
    cancel_grace: float = Field(10, ge=0, le=3600)
    shutdown_grace: float = Field(30, ge=0, le=3600)
    job_processing_interval: float = Field(1, ge=0.01, le=3600)
    cleanup_interval: float = Field(300, ge=0.01, le=86_400)
    completed_job_retention: float = Field(86_400, ge=0, le=100 * YEAR_S)
    failed_job_retention: float = Field(259_200, ge=0, le=100 * YEAR_S)
    keep_completed: int | None = Field(None, ge=0)
    keep_failed: int | None = Field(None, ge=0)
    activity_retention_days: int = Field(400, ge=1, le=36_500)
    max_log_entries: int = Field(100, ge=0, le=10_000)
    enable_job_batching: bool = False
    batch_processing_size: int = Field(5, ge=1, le=1000)

    owner_ids: str = Field("", pattern=r"^\s*(\d{15,20}(\s*,\s*\d{15,20})*)?\s*$")
    job_modules: str = ""
    user_commands_per_minute: int = Field(5, ge=0, le=10_000)
    user_unfinished_jobs: int = Field(3, ge=0, le=10_000)
    guild_unfinished_jobs: int = Field(100, ge=0, le=10_000)

    enable_result_caching: bool = True
    default_cache_ttl: float = Field(3600, gt=0, le=31_536_000)
    max_cache_size: int = Field(10_000, ge=1, le=10_000_000)
    cache_eviction_policy: Annotated[Literal["lru", "lfu", "fifo"], LowerCase] = "lru"

    enable_discord_progress_updates: bool = True
    progress_update_interval: float = Field(2, ge=1, le=60)
    progress_embed_title: str = Field("Job Progress", min_length=1, max_length=100)
    progress_embed_color: Annotated[int, BeforeValidator(_color)] = Field(
        0x00AE86, ge=0, le=0xFFFFFF, description="a colour like 0x00AE86"
    )

    log_level: Annotated[Literal["debug", "info", "warning", "error"], LowerCase] = "info"
    log_format: Annotated[Literal["text", "json"], LowerCase] = "text"

    def token(self) -> str:
        """The bot's token. Raises `ExitProblem` when there is none."""
        token = self.discord_token.get_secret_value().strip() if self.discord_token else ""
        if not token:
            raise ExitProblem(
                "There is no bot token: put DISCORD_TOKEN=… into .env (Discord's developer portal, Bot, Reset Token).",
                EX_CONFIG,
            )
        if not token.isprintable() or any(letter.isspace() for letter in token):
            sentence = (
                "DISCORD_TOKEN holds a space or a line break: copy the token alone, without the word Bot before it."
            )
            raise ExitProblem(sentence, EX_CONFIG)
        return token

    def key(self) -> str:
        """SECRET_KEY, or the one made beside the database at the first start. Raises `ExitProblem`."""
        if self.secret_key is not None:
            key = self.secret_key.get_secret_value()
            if len(key) < MIN_KEY_CHARS:
                raise ExitProblem(f"SECRET_KEY is too short: give at least {MIN_KEY_CHARS} characters.", EX_CONFIG)
            return key
        return _kept_key(self.database_path.parent / KEY_FILE)

    def operators(self) -> frozenset[int]:
        """Who runs this bot, by user id; empty for whoever owns the application."""
        return frozenset(int(part) for part in self.owner_ids.split(",") if part.strip())

    def modules(self) -> list[str]:
        """Modules with further job types."""
        return [name.strip() for name in self.job_modules.split(",") if name.strip()]

    def queue_config(self) -> QueueConfig:
        return QueueConfig(
            concurrency=self.max_concurrent_jobs,
            max_queue_size=self.max_queue_size,
            timeout_s=self.default_job_timeout,
            max_attempts=self.default_max_retries + 1,
            backoff=Backoff(base_s=self.default_retry_delay, max_delay_s=self.max_retry_delay),
            cancel_grace_s=self.cancel_grace,
            shutdown_grace_s=self.shutdown_grace,
            poll_interval_s=self.job_processing_interval,
            sweep_interval_s=self.cleanup_interval,
            completed_retention_s=self.completed_job_retention,
            failed_retention_s=self.failed_job_retention,
            keep_completed=self.keep_completed,
            keep_failed=self.keep_failed,
            max_log_lines=self.max_log_entries,
            batching=self.enable_job_batching,
            batch_size=self.batch_processing_size,
        )


def load_settings() -> Settings:
    """The settings of this process. Raises `ExitProblem` that names each setting that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise ExitProblem(sentences(error, Settings.model_fields), EX_CONFIG) from None
    except (OSError, UnicodeError) as error:
        raise ExitProblem(f"The file {ENV_FILE} cannot be read ({type(error).__name__}).", EX_CONFIG) from None


def misspelt_settings() -> list[str]:
    """Sentences about what was given under a name that is nearly a setting's."""
    return misspelt(Settings.model_fields, ENV_FILE)


def _kept_key(path: Path) -> str:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
    except OSError as error:
        raise ExitProblem(f"The key file {path} cannot be written: {error.strerror}.", EX_CONFIG) from None
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        key = ""
    if len(key) < MIN_KEY_CHARS:
        raise ExitProblem(
            f"The key file {path} is damaged: put its copy back, or delete it (running jobs then lose their reply "
            "tokens and go on by bot token).",
            EX_CONFIG,
        )
    return key


def _make_key(path: Path) -> None:
    """Put a new key there in one step, so that nobody finds half of one; who comes second takes the first one's."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)
