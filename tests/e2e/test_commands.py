"""Every command and every refusal, typed into the stand-in."""

from __future__ import annotations

import pytest

from bot.sandbox import SandboxInteraction, SandboxRefused
from bot.sandbox.permissions import MANAGE_GUILD
from bot.sandbox.world import Guild, Member
from jobs.engine.request import EnqueueRequest
from jobs.engine.states import State
from tests.e2e.conftest import Play, text_of
from tests.e2e.typist import heard

HISTORY = "/channels/{channel_id}/messages"
ANALYSIS = "member-activity-analysis"


def plain_member(guild: Guild) -> Member:
    return next(
        m
        for m in guild.members.values()
        if not m.user.bot
        and m.user.id != guild.owner_id
        and not {guild.roles[r].name for r in m.roles} & {"Admin", "Moderator"}
    )


async def typed(play: Play, command: str, /, *, user: int | None = None, **options: str) -> SandboxInteraction:
    sent = await play.sandbox.slash(command, options, user=user or play.guild.owner_id)
    await sent.answered()
    await sent.said()
    return sent


def said(sent: SandboxInteraction) -> str:
    assert sent.message is not None
    return text_of(sent.message)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"start": "2026-10-31", "end": "2026-10-01"},
            "The end date is before the start date. Try `start: 2026-10-01 end: 2026-10-31`.",
        ),
        ({"start": "2099-01-01"}, "The start date is in the future."),
        ({"start": "2001-01-01"}, "The start date is before Discord began."),
        ({"start": "soon"}, "I cannot read the start date. Give a day like `2026-10-01`"),
        ({"start": "2016-01-01", "end": "2018-01-01"}, "at most 400 can be analysed at once"),
        ({"end": "@everyone"}, "I cannot read the end date."),
    ],
)
async def test_days_that_cannot_be_are_refused_with_the_reason(play: Play, options: dict[str, str], words: str) -> None:
    sent = await typed(play, "async-job", type=ANALYSIS, user=None, **options)
    assert words in said(sent)
    assert sent.ephemeral
    assert (await play.app.queue.statistics()).total == 0


async def test_a_type_that_is_not_offered_cannot_be_chosen(play: Play) -> None:
    with pytest.raises(SandboxRefused, match="type must be one of: member-activity-analysis"):
        await typed(play, "async-job", type="format-disk")


async def test_the_command_is_shown_to_administrators_alone(play: Play) -> None:
    with pytest.raises(SandboxRefused, match="not shown"):
        await typed(play, "async-job", user=plain_member(play.guild).user.id, type=ANALYSIS)


async def test_a_caller_without_the_right_is_told_so_and_no_job_is_made(play: Play) -> None:
    """An administrator of the guild may show the command to others; the right is checked all the same."""
    moderator = next(
        m for m in play.guild.members.values() if any(play.guild.roles[r].name == "Moderator" for r in m.roles)
    )
    names = [c["name"] for c in play.sandbox.world.commands]
    play.sandbox.world.commands[names.index("async-job")]["default_member_permissions"] = str(MANAGE_GUILD)
    sent = await typed(play, "async-job", user=moderator.user.id, type=ANALYSIS)
    assert said(sent) == "Only administrators, or a role allowed with `/queue access`, can start this here."
    assert sent.ephemeral
    assert (await play.app.queue.statistics()).total == 0


async def test_status_shows_the_card_to_the_caller_alone_with_a_link(play: Play) -> None:
    first, job_id = await play.start_analysis("2d")
    await play.ended(job_id)
    sent = await typed(play, "job status", id=job_id)
    assert sent.ephemeral
    assert "Completed · Member Analysis" in said(sent)
    assert first.message is not None
    assert f"{first.message.channel_id}/{first.message.id}" in said(sent)


@pytest.mark.parametrize("job_id", ["aaaaaaaaaa", "`@everyone`", "x" * 600, "../../etc", " "])
@pytest.mark.parametrize("command", ["job status", "job cancel"])
async def test_an_unknown_id_is_answered_without_repeating_it_harmfully(play: Play, command: str, job_id: str) -> None:
    sent = await typed(play, command, id=job_id)
    assert sent.ephemeral
    assert said(sent).startswith("There is no job `")
    assert said(sent).endswith("` here.")
    assert said(sent).count("`") == 2
    assert len(said(sent)) < 100


async def test_another_guilds_job_another_members_job_and_none_at_all_get_the_same_answer(play: Play) -> None:
    queue, guild = play.app.queue, play.guild
    payload = {"guild_id": str(guild.id), "start_date": "2026-01-01", "end_date": "2026-01-02"}
    foreign = await queue.enqueue(ANALYSIS, payload, lane="elsewhere", owner=str(guild.owner_id), delay=3600)
    others = await queue.enqueue(ANALYSIS, payload, lane=str(guild.id), owner=str(guild.owner_id), delay=3600)
    member = plain_member(guild).user.id
    for user, job_id in (
        (guild.owner_id, foreign.id),
        (member, foreign.id),
        (member, others.id),
        (member, "aaaaaaaaaa"),
    ):
        for command in ("job status", "job cancel"):
            sent = await typed(play, command, user=user, id=job_id)
            assert said(sent) == f"There is no job `{job_id}` here."
    assert await queue.state(foreign.id) is State.DELAYED
    assert await queue.state(others.id) is State.DELAYED
    choices = await play.sandbox.autocomplete("job status", {"id": ""}, focused="id", user=member)
    assert choices == []


async def test_ids_are_offered_newest_first_with_state_and_type(play: Play) -> None:
    ids = []
    for _ in range(3):
        _, job_id = await play.start_analysis("today")
        await play.ended(job_id)
        ids.append(job_id)
    offer = await play.sandbox.autocomplete("job status", {"id": ""}, focused="id", user=play.guild.owner_id)
    assert [choice["value"] for choice in offer] == ids[::-1]
    assert offer[0]["name"].startswith("completed · Member Analysis · just now · ")
    found = await play.sandbox.autocomplete("job status", {"id": ids[0][:6]}, focused="id", user=play.guild.owner_id)
    assert [choice["value"] for choice in found] == [ids[0]]
    none = await play.sandbox.autocomplete("job cancel", {"id": ""}, focused="id", user=play.guild.owner_id)
    assert none == [], "what has ended cannot be cancelled"


async def test_the_list_is_empty_at_first_and_says_how_to_begin(play: Play) -> None:
    sent = await typed(play, "job list")
    assert sent.ephemeral
    assert "There are no jobs here yet. Start one with `/async-job`." in said(sent)


async def test_the_list_has_one_line_a_job_and_can_be_narrowed_to_a_state(play: Play) -> None:
    _, job_id = await play.start_analysis("today")
    await play.ended(job_id)
    assert f"✅ completed · Member Analysis · `{job_id}`" in said(await typed(play, "job list"))
    assert job_id in said(await typed(play, "job list", state="succeeded"))
    assert job_id not in said(await typed(play, "job list", state="failed"))
    assert "There is no such state." in said(await typed(play, "job list", state="happy"))


async def test_a_running_job_is_cancelled_and_its_card_says_by_whom_and_why(play: Play) -> None:
    fault = play.sandbox.faults.add(method="GET", route=HISTORY, status=503, times=1, after=2)
    first, job_id = await play.start_analysis()
    await play.sandbox.until(lambda: fault.hits)
    sent = await typed(play, "job cancel", id=job_id, reason="wrong range *oops*")
    assert said(sent) == f"`{job_id}` is asked to stop after the current step. Its message says what was done."
    job = await play.ended(job_id)
    assert job.state is State.CANCELLED
    assert first.message is not None
    assert "Cancelled · Member Analysis" in said(first)
    assert "wrong range \\*oops\\*" in said(first)
    assert "It had come to: Reading history" in said(first)
    again = await typed(play, "job cancel", id=job_id)
    assert said(again) == f"`{job_id}` has already ended."


async def test_a_waiting_job_is_cancelled_at_once(play: Play) -> None:
    hanging = play.sandbox.faults.add(method="GET", route=HISTORY, status=503, times=1)
    _, first = await play.start_analysis()
    await play.sandbox.until(lambda: hanging.hits)
    second, second_id = await play.start_analysis("3d")
    assert "Queued" in said(second)
    await play.sandbox.until(lambda: second.messages)
    note = second.messages[0]
    assert note.ephemeral
    link = f"https://discord.com/channels/{play.guild.id}/{note.channel_id}/"
    assert note.content.startswith(f"A Member Analysis is running here: [see it]({link}")
    assert note.content.endswith("Yours is next in line.")
    sent = await typed(play, "job cancel", id=second_id)
    assert said(sent) == f"`{second_id}` is cancelled. It had not begun, so nothing was done."
    await play.ended(second_id)
    assert "Cancelled" in said(second)
    await play.ended(first)


async def test_a_full_queue_refuses_with_a_sentence_and_starts_nothing(play: Play) -> None:
    payload = {"guild_id": str(play.guild.id), "start_date": "2026-01-01", "end_date": "2026-01-02"}
    limit = play.app.queue.config.max_queue_size
    waiting = [EnqueueRequest(ANALYSIS, payload, lane="elsewhere", delay=3600, key=f"k{n}") for n in range(limit)]
    await play.app.queue.enqueue_many(waiting)
    answer = await heard(await play.sandbox.slash("async-job", {"type": ANALYSIS}, user=play.guild.owner_id))
    assert answer.text == "The queue is full (1,000 jobs). Try again later."
    assert answer.alone
    assert answer.sent.message is None, 'the public "thinking" went away'


async def test_an_error_of_ours_is_one_sentence_with_a_code_that_is_in_the_log(
    play: Play, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret internals")

    monkeypatch.setattr(play.app.queue, "find", broken)
    sent = await typed(play, "job list")
    assert said(sent).startswith("Something went wrong on my side.")
    assert "secret" not in said(sent)
    code = said(sent).split("`")[1]
    assert code in caplog.text


async def test_the_same_request_twice_gets_a_link_to_the_one_that_runs(play: Play) -> None:
    hanging = play.sandbox.faults.add(method="GET", route=HISTORY, status=503, times=1, after=2)
    first, job_id = await play.start_analysis("9d")
    await play.sandbox.until(lambda: hanging.hits)
    again = await typed(play, "async-job", type=ANALYSIS, start="9d")
    assert again.ephemeral
    assert first.message is not None
    link = f"https://discord.com/channels/{play.guild.id}/{first.message.channel_id}/{first.message.id}"
    assert said(again).startswith(f"The same Member Analysis is already running here: [see it]({link})")
    assert said(again).endswith(f"started by <@{play.guild.owner_id}>.")
    assert (await play.app.queue.statistics()).total == 1
    await play.ended(job_id)


async def test_a_member_may_have_three_unfinished_jobs_and_start_five_a_minute(play: Play) -> None:
    play.sandbox.faults.add(method="GET", route=HISTORY, status=503, times=1)
    ids = [(await play.start_analysis(f"{days}d"))[1] for days in (1, 2, 3)]
    fourth = await typed(play, "async-job", type=ANALYSIS, start="4d")
    assert said(fourth).startswith("You have 3 unfinished jobs here, the most you may have: ")
    assert all(f"[{job_id}](https://discord.com/channels/" in said(fourth) for job_id in ids)
    assert said(fourth).endswith(". Wait for one, or cancel one.")
    assert fourth.ephemeral
    await typed(play, "async-job", type=ANALYSIS, start="5d")
    sixth = await typed(play, "async-job", type=ANALYSIS, start="6d")
    assert said(sixth).startswith("You have asked for 5 jobs within a minute. Try again in ")
    for job_id in ids:
        await play.ended(job_id)
