"""What an analysis tells all who see its message, and what the person who asked alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.engine.events import EventType
from jobs.handlers.member_activity_analysis.report import report
from jobs.services import MessageInfo
from tests.handlers.test_member_activity_analysis import ENGLISH, Desk, opened, places, sent


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as desk:
        desk.discord.history = {
            10: sent([(n * 3_600_000, (100, 101)[n % 2]) for n in range(30)]),
            11: sent([(n * 60_000, 100) for n in range(5)]),
        }
        yield desk


async def test_channels_that_not_everyone_may_see_are_named_to_who_asked_alone(desk: Desk) -> None:
    desk.discord.history[11] = sent([(n * 60_000, 100) for n in range(500)])
    seen = report(await desk.run(), ENGLISH)
    assert "· <#10>" in seen.lines[1]
    assert "<#11>" not in str(replace(seen, alone=None))
    assert "· <#11>, <#10>" in seen.seen(alone=True).lines[1]


async def test_a_channel_hidden_while_the_job_ran_is_not_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    read = desk.discord.messages

    async def hide(*where: Any, **more: Any) -> Sequence[MessageInfo]:
        desk.discord.places = [replace(place, everyone=False) for place in places()]
        return await read(*where, **more)

    monkeypatch.setattr(desk.discord, "messages", hide)
    job = await desk.run()
    assert "35" in report(job, ENGLISH).lines[0]
    assert "<#" not in str(replace(report(job, ENGLISH), alone=None))


async def test_what_is_said_of_a_hidden_channel_while_it_is_read_has_no_name(desk: Desk) -> None:
    desk.discord.places = [replace(place, everyone=False) for place in places()]
    said: set[str] = set()
    desk.queue.on(EventType.JOB_PROGRESS, lambda event: said.add(str(event.job and event.job.progress)))
    await desk.run()
    assert any("a private channel" in progress for progress in said)
    assert not any("#" in progress for progress in said)


async def test_figures_of_a_hidden_channel_alone_are_for_who_asked(desk: Desk) -> None:
    seen = report(await desk.run(channels=["11"]), ENGLISH)
    assert seen.lines == (
        "It is about channels that are gone, or that not everyone here may see. "
        "Whoever asked can see what was found with `/job status` and Download.",
    )
    assert (seen.files, seen.columns, seen.image, seen.notes) == ((), (), None, ())
    alone = seen.seen(alone=True)
    assert "**5** messages" in alone.lines[0]
    assert alone.files == ("chart.png", "report.html", "members.csv", "inactive.csv", "members.xlsx")
