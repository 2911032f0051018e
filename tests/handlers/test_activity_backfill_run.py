"""How a backfill runs and ends: what it shows, what its result holds, what it is refused for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.forms import questions_of
from jobs.engine.errors import InvalidPayload
from jobs.engine.events import EventType
from jobs.engine.model import Job, Progress
from jobs.engine.states import State
from jobs.handlers.activity_backfill.payload import ActivityBackfill
from jobs.handlers.activity_backfill.report import report
from jobs.services import ChannelInfo, MessageInfo
from tests.handlers.test_activity_backfill import (
    BEGAN,
    ENGLISH,
    FORUM,
    GENERAL,
    LOCKED,
    NAME,
    NOW,
    OLD_THREAD,
    THREAD,
    desk_of,
    run,
)
from tests.handlers.test_member_activity_analysis import DAY, DAY_MS, GUILD, Desk, opened

TODAY, FIRST_DAY = "2026-11-04", "2026-10-05"
"""The days that `NOW` and `DAY` begin."""


def result_of(job: Job) -> dict[str, Any]:
    assert job.state is State.COMPLETED, job.error
    assert isinstance(job.result, dict)
    return job.result


def notes_of(job: Job) -> Sequence[str]:
    return report(job, ENGLISH).notes


async def test_its_two_stages_say_how_many_threads_and_days_there_are_and_its_result_has_all(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        shown: dict[str, Progress] = {}
        events = desk.queue.events([EventType.JOB_PROGRESS])

        async def watch() -> None:
            async for event in events:
                assert event.job is not None
                assert event.job.progress is not None
                shown[event.job.progress.stage] = event.job.progress

        watching = asyncio.create_task(watch())
        job = await run(desk)
        async with asyncio.timeout(10):
            while job.progress not in shown.values():
                await asyncio.sleep(0.005)
        watching.cancel()
        days = 5 * (NOW - BEGAN) // DAY_MS
        told = [(p.stage, p.current, p.total, p.unit, p.stage_no, p.stages) for p in shown.values()]
        assert told == [
            ("Looking for threads", 3, None, "threads", 1, 2),
            ("Reading history", days, days, "days of history", 2, 2),
        ]
        assert result_of(job) == {
            "channels": 3, "threads": 3, "messages": 386, "oldest": BEGAN, "alone": False, "unreadable": 1,
            "unreadable_public": [str(LOCKED)], "unreadable_ids": [str(LOCKED)], "kept_since": 0, "time_zone": "UTC",
        }  # fmt: skip
        assert job.payload["guild_id"] == str(GUILD), "no reader of JSON loses digits of it"
        limits = (job.policy.timeout_s, job.policy.stall_timeout_s, job.policy.retention_s)
        assert limits == (None, 600.0, 30 * 86_400.0), "it may take days, but not stand still"


async def test_a_later_run_of_a_part_tells_of_that_part_alone(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        await run(desk)
        part = result_of(await run(desk, start_date=FIRST_DAY))
        # Threads that were archived before are not looked for.
        assert (part["messages"], part["oldest"], part["threads"]) == (5, DAY, 1)
        shown = report(await run(desk, channels=[str(GENERAL)]), ENGLISH)
        assert shown.lines[:2] == ("**363** messages of people are known from history", "1 channel · 2 threads")
        assert shown.notes == ()


async def test_threads_are_asked_for_where_they_are_meant(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk, asked = desk_of(opened_desk), list[int]()
        ask = desk.discord.archived_threads

        def note(channel: ChannelInfo, **more: Any) -> Any:
            asked.append(channel.id)
            return ask(channel, **more)

        desk.discord.archived_threads = note  # type: ignore[method-assign]
        result_of(await run(desk, channels=[str(FORUM)]))
        assert asked == [FORUM]


async def test_what_is_not_kept_is_told_to_those_who_asked_for_it(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW, keep_days=30) as opened_desk:
        desk = desk_of(opened_desk)
        everything, from_then_on = await run(desk), await run(desk, start_date=FIRST_DAY)
        assert notes_of(everything)[1:] == ("What is older than 5 Oct 2026 is not kept, so it was not read.",)
        assert notes_of(from_then_on)[1:] == ()
        assert result_of(everything)["threads"] == 1, "archived ones are older"


async def test_days_on_the_card_are_those_of_the_time_zone(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        job = await run(desk_of(opened_desk), time_zone="America/New_York")
        assert report(job, ENGLISH).lines[2] == "The oldest is from 18 Mar 2026"


async def test_a_time_zone_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        with pytest.raises(InvalidPayload):
            await run(opened_desk, time_zone="Mars/Olympus")


@pytest.mark.parametrize("public", [True, False])
async def test_the_card_names_a_few_channels_and_only_those_that_all_may_see(tmp_path: Path, public: bool) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        ids = [LOCKED + 100 + n for n in range(7)]
        desk.discord.places = [ChannelInfo(id_, "locked", "text", False, public) for id_ in ids]
        desk.discord.places.append(ChannelInfo(GENERAL, "general", "text", True, True))
        shown = report(await run(desk, archived_threads=False), ENGLISH)
        text = "7 of 8 channels and threads could not be read"
        named = f"{text}, among them {', '.join(f'<#{id_}>' for id_ in ids[:5])}."
        assert shown.notes == (named if public else f"{text}.",)
        assert shown.alone is not None
        assert shown.alone.notes == (named,)


@pytest.mark.parametrize("day", [TODAY, "2027-01-01"])
async def test_a_day_that_has_no_moment_yet_is_refused_once(tmp_path: Path, day: str) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        job = await run(desk_of(opened_desk), start_date=day)
        assert (job.state, job.attempts) == (State.FAILED, 1)
        assert job.error is not None
        assert job.error.category == "payload"
        assert job.error.message.startswith("The first day has not begun yet.")


async def test_a_discord_that_never_answers_is_tried_again_and_then_named(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        desk.discord.broken = 99
        job = await run(desk)
        assert (job.state, job.attempts) == (State.FAILED, job.policy.max_attempts)
        assert job.error is not None
        assert (job.error.category, job.error.message) == ("discord", "Discord did not answer.")


def while_reading(desk: Desk, channel: int, act: Any) -> None:
    """Let `act()` happen when this channel is read."""
    ask = desk.discord.messages

    async def first_act(channel_id: int, **more: Any) -> Sequence[MessageInfo]:
        if channel_id == channel:
            await act()
        return await ask(channel_id, **more)

    desk.discord.messages = first_act  # type: ignore[method-assign]


async def test_who_may_not_ask_any_more_when_it_is_read_sees_nothing_of_it(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)

        async def step_down() -> None:
            desk.discord.permissions = 0

        while_reading(desk, OLD_THREAD, step_down)
        job = await run(desk)
        assert (job.state, job.result) == (State.FAILED, None)
        assert job.error is not None
        assert job.error.category == "permission"


async def test_a_second_one_in_a_server_waits_for_the_first(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk, reached, go = desk_of(opened_desk), asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            reached.set()
            await go.wait()

        while_reading(desk, THREAD, wait)
        payload = {"guild_id": str(GUILD)}
        first, second = [await desk.queue.enqueue(NAME, payload, owner="100", lane=str(GUILD)) for _ in range(2)]
        await asyncio.wait_for(reached.wait(), 10)
        other = await desk.queue.enqueue(NAME, payload, owner="100", lane="2")
        async with asyncio.timeout(10):
            while (found := await desk.queue.get(other.id)) is None or found.state is not State.ACTIVE:
                await asyncio.sleep(0.005)
        waiting = await desk.queue.get(second.id)
        assert waiting is not None
        assert (waiting.state, waiting.attempts) == (State.WAITING, 0)
        go.set()
        for job in (first, second, other):
            assert result_of(await desk.ended(job))["messages"] == 386


def test_its_form_offers_channels_to_choose_and_a_yes_or_no() -> None:
    asked = [(question.name, question.kind, question.many) for question in questions_of(ActivityBackfill)]
    assert asked == [
        ("channels", "channel", True), ("without_channels", "channel", True), ("archived_threads", "yes-no", False),
    ]  # fmt: skip
