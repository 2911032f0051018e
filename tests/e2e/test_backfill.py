"""`/activity backfill` and `/async-job type:activity-backfill` as a person uses them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import SandboxInteraction
from jobs.engine.states import State
from tests.e2e.conftest import Play, job_id_of, text_of


async def typed(play: Play, command: str, *, user: int = 0, **options: Any) -> SandboxInteraction:
    sent = await play.sandbox.slash(command, options, user=user or play.guild.owner_id)
    await sent.answered()
    return sent


async def test_one_channel_from_a_day_on_is_read_and_the_card_says_what_is_known(play: Play) -> None:
    channel = play.guild.default_channel
    sent = await typed(play, "activity backfill", start="8d", channel=str(channel.id), private=True)
    job = await play.ended(job_id_of(await sent.said()))
    assert job.state is State.COMPLETED, job.error
    assert job.payload["channels"] == [str(channel.id)]
    rows = await play.app.database.read("SELECT channel, sum(messages) AS n FROM activity_crawled GROUP BY channel")
    assert [row["channel"] for row in rows] == [channel.id]
    assert sent.message is not None
    card = text_of(sent.message)
    assert f"**{rows[0]['n']:,}** messages of people are known from history" in card
    assert "1 channel · 0 threads" in card


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"end": "today"}, "Activity Backfill always goes up to now. Leave `end` out."),
        ({"start": "tomorrow-ish"}, "I cannot read the start date."),
        ({"start": "2015-06-01"}, "not kept"),
        ({"role": "1"}, "Activity Backfill takes no role. Leave `role` out."),
    ],
)
async def test_what_it_has_no_use_for_is_refused_in_a_sentence(play: Play, options: dict[str, Any], words: str) -> None:
    if "role" in options:
        options = {"role": str(max(play.guild.roles))}
    sent = await typed(play, "async-job", type="activity-backfill", **options)
    assert words in (await sent.said()).content
    assert (await sent.said()).ephemeral


async def test_who_is_no_administrator_may_not_start_it(play: Play) -> None:
    person = next(m.user.id for m in play.guild.members.values() if not m.roles and not m.user.bot)
    sent = await typed(play, "activity backfill", user=person)
    assert (await sent.said()).ephemeral
    assert await play.app.database.read("SELECT 1 FROM job") == []
