"""What people start waits in the line of its server; what the bot needs for itself does not."""

from __future__ import annotations

from pathlib import Path

from bot.app import App
from bot.settings import Settings
from jobs.engine.registry import UNSET


async def test_listed_types_run_one_at_a_time_in_a_server_unless_they_say_otherwise(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        database_path=tmp_path / "errand.db",
        artifacts_path=tmp_path / "artifacts",
        job_modules="examples.send_email,examples.mail_report",
    )
    registry = App(settings).queue.registry
    per_lane = {type_.name: type_.per_lane for type_ in registry}
    assert per_lane["member-activity-analysis"] == per_lane["send-email"] == 1
    assert per_lane["mail-report"] is per_lane["call"] is UNSET
