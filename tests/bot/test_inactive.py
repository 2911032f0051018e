"""Who is called inactive by `/activity inactive`, and what is said not to be known, on the real counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.guild_settings import GuildSettings
from bot.inactive import Absences
from jobs.activity.store import Count, Source, quarter_of
from jobs.services import ChannelInfo, Interval, MemberInfo
from tests.activity.test_members import CHANNEL, DAY_MS, GUILD, NOW, Desk

DAYS = 5
WITHIN = GuildSettings().last_days(DAYS, NOW)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Desk(tmp_path / "errand.db", keep_days=400) as desk:
        desk.discord.people = [MemberInfo(n, f"m{n}", False, NOW - 90 * DAY_MS) for n in (1, 2, 3)]
        desk.discord.places = [ChannelInfo(CHANNEL, "general", "text", True, True)]
        yield desk


async def test_time_in_which_voice_or_reactions_were_not_listened_to_is_not_called_seen(desk: Desk) -> None:
    seen = Count(GUILD, CHANNEL, 1, quarter_of(NOW - DAY_MS), reactions=1)
    half = WITHIN.since + (WITHIN.until - WITHIN.since) // 2
    await desk.store.add_recorded([seen], [(GUILD, Interval(WITHIN.since, half))])
    await desk.store.add_recorded([], [(GUILD, Interval(half, WITHIN.until))], sources=Source.MESSAGES | Source.VOICE)
    found = await Absences(desk.discord, desk.activity).of(GUILD, DAYS, GuildSettings(), NOW)
    assert [member.id for member in found.members] == [2, 3], "1 gave a reaction"
    assert found.live_share == pytest.approx(0.5, abs=0.01)
    assert (found.never, found.known) == (2, True)


async def test_where_nothing_could_be_seen_nobody_can_be_told_inactive(desk: Desk) -> None:
    desk.discord.places = [replace(place, readable=False) for place in desk.discord.places]
    absences = Absences(desk.discord, desk.activity)
    assert not (await absences.of(GUILD, DAYS, GuildSettings(), NOW)).known
    await desk.store.add_recorded([], [(GUILD, Interval(NOW - DAY_MS, NOW))])
    assert not (await absences.of(GUILD, DAYS, GuildSettings(), NOW)).known, "a day is not five"
    await desk.store.add_recorded([], [(GUILD, Interval(WITHIN.since, WITHIN.until))])
    assert (await absences.of(GUILD, DAYS, GuildSettings(), NOW)).known, "what happens there now would have been seen"
