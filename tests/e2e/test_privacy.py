"""Rights over one's own data, typed and pressed: not to be counted, and to have it erased."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.privacy.erasure import NAME, MemberData
from bot.sandbox import Guild, Sandbox
from jobs.activity.members import EVERYWHERE
from jobs.activity.store import QUARTER_MS, Count, quarter_of
from jobs.engine.backend import JobQuery
from jobs.engine.model import Job
from jobs.engine.states import State
from tests.e2e.conftest import text_of
from tests.e2e.forms import buttons_of, part_of
from tests.e2e.own_data import LEFT, analysed, counted, database_holds, erased, files_naming, press, result_of, talker
from tests.e2e.process import BotProcess
from tests.e2e.town import Town, opened, until
from tests.e2e.typist import plain_members, typed, typed_directly, with_role
from tests.stand_in import add_guild

OUT_HERE = "From now on I count nothing of you in this server, and no new report here names you."
OUT_EVERYWHERE = "From now on I count nothing of you in any server, and no new report names you."
KEEP = "Shall what I have counted until now be erased too? Kept, it is shown to nobody unless you want to be counted again."


@pytest.fixture
def other(sandbox: Sandbox) -> Guild:
    return add_guild(sandbox, 8)


@pytest.fixture
async def town(sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(sandbox, guild, other, tmp_path, user_commands_per_minute=0) as town:
        yield town


async def test_who_opts_out_is_not_counted_any_more_and_may_keep_or_erase_what_was(town: Town) -> None:
    guild, app, person = town.play.guild, town.app, talker(town.play.guild)
    await analysed(town)
    before = await counted(app, guild, person)
    assert before
    answer = await typed(town.play, "privacy opt-out", user=person)
    assert answer.alone
    assert answer.text.strip() == f"{OUT_HERE} {KEEP}"
    assert buttons_of(answer.message) == ["Erase it", "Leave it"]
    assert await press(town, answer.message, "Leave it", person) == "Left as it is."
    await town.play.sandbox.say(guild.default_channel.id, person)
    assert await counted(app, guild, person) == before
    job = await analysed(town)
    assert str(person) not in json.dumps(job.result)
    assert files_naming(app, job, person) == []
    again = await typed(town.play, "privacy opt-out", user=person)
    assert again.text.strip().startswith("You had opted out already: I count nothing of you in this server")
    assert buttons_of(again.message) == ["Erase it", "Leave it", "Count me again"]
    said = await press(town, again.message, "Erase it", person)
    assert said.startswith(f"Erased: {before} counts, what ")
    assert await counted(app, guild, person) == 0
    assert person in await app.client.desk.activity.opted_out(guild.id)


async def test_who_comes_back_is_counted_from_then_on(town: Town) -> None:
    guild, app, person = town.play.guild, town.app, talker(town.play.guild)
    refused = await typed(town.play, "privacy opt-out", user=person, back=True)
    assert refused.text.strip() == "You had not opted out: I count you."
    await typed(town.play, "privacy opt-out", user=person)
    again = await typed(town.play, "privacy opt-out", user=person)
    said = await press(town, again.message, "Count me again", person)
    back_at = (quarter_of(app.clock.now()) + 1) * QUARTER_MS
    assert said == (
        f"I count your messages and time in voice again from <t:{back_at // 1000}:t> on. "
        "What happened in between stays uncounted."
    )
    await analysed(town)
    assert await counted(app, guild, person) == 0, "the history behind it stays uncounted"
    count = Count(guild.id, guild.default_channel.id, person, back_at // QUARTER_MS, 1)
    await app.recorder._store.add_recorded([count], [])
    assert await counted(app, guild, person) == 1


async def test_in_a_direct_message_it_is_about_all_servers(town: Town) -> None:
    """Somebody who is in one of them and has left the other."""
    app, person = town.app, talker(town.play.guild)
    quarter = quarter_of(app.clock.now())
    counts = [Count(g.id, 5, person, quarter, 1) for g in (town.play.guild, town.other)]
    await app.recorder._store.add_recorded(counts, [])
    answer = await typed_directly(town.play, "privacy opt-out", user=person)
    assert answer.text.strip() == f"{OUT_EVERYWHERE} {KEEP}"
    refused = await typed(town.play, "privacy opt-out", user=person, back=True)
    assert refused.text.strip() == (
        "You opted out of all servers, in a direct message. Use `/privacy opt-out back:True` there."
    )
    export = await typed_directly(town.play, "privacy export", user=person)
    assert export.text.strip() == "This is what I keep of you in all servers."
    found = json.loads(export.message.attachments[0].data)
    assert {c["server_id"] for c in found["counts"]} == {str(g.id) for g in (town.play.guild, town.other)}
    assert found["opted_out_everywhere"]
    question = await typed_directly(town.play, "privacy erase", user=person)
    assert question.text.startswith("Erase what I keep of you in all servers? Your counts go,")
    assert (await press(town, question.message, "Erase it", person)).startswith("Erased: 2 counts, ")
    assert await app.client.desk.activity.members.rows(EVERYWHERE, person) == []
    before = await typed_directly(town.play, "privacy opt-out", user=person)
    assert before.text.startswith("You had opted out already: I count nothing of you in any server")
    back = await typed_directly(town.play, "privacy opt-out", user=person, back=True)
    assert back.text.startswith("I count your messages and time in voice again from ")


async def test_an_erasure_leaves_the_id_nowhere_but_where_the_page_on_privacy_says(town: Town) -> None:
    guild, app, person = town.play.guild, town.app, talker(town.play.guild)
    friend = next(m.user.id for m in plain_members(guild) if m.user.id != person)
    job = await analysed(town)
    assert str(person) in json.dumps(result_of(job)["top"])
    named = files_naming(app, job, person)
    assert {"members.csv", "members.xlsx"} <= set(named)
    left = app.settings.artifacts_path / job.id / ".working-killed"
    left.mkdir()
    (left / "findings").write_text(str(person))
    card = town.play.sandbox.world.ephemeral(0) or next(
        m for m in guild.default_channel.messages[::-1] if "Completed" in text_of(m)
    )
    assert f"<@{person}>" in text_of(card)
    lines = len((app.settings.artifacts_path / job.id / "members.csv").read_bytes().splitlines())
    question, said = await erased(town, person)
    assert question.alone
    assert question.text.startswith("Erase what I keep of you in this server? Your counts go,")
    assert f", what 1 job had found, lines in {len(named)} files, and 0 whole files." in said
    assert await database_holds(app, person) == LEFT
    assert not left.exists(), "what a killed process left of its work goes whole"
    assert files_naming(app, job, person) == []
    path = app.settings.artifacts_path / job.id / "members.csv"
    assert len(path.read_bytes().splitlines()) == lines - 1, "the lines of all others are there"
    assert str(friend) in path.read_text(encoding="utf-8-sig")
    kept = await app.queue.get(job.id)
    assert kept is not None
    assert len(result_of(kept)["top"]) == len(result_of(job)["top"]) - 1
    assert kept.damaged == ()
    await town.play.sandbox.until(lambda: f"<@{person}>" not in text_of(card))
    again = await analysed(town)
    assert str(person) not in json.dumps(again.result)
    assert result_of(again)["unsure"] >= 1


async def test_an_analysis_that_runs_meanwhile_is_cleared_when_it_ends(town: Town) -> None:
    """It had read the counts before they were erased."""
    guild, app, person = town.play.guild, town.app, talker(town.play.guild)
    await analysed(town)
    reached, go = asyncio.Event(), asyncio.Event()
    write = app.artifacts.write

    async def wait_first(job_id: str, name: str, *more: Any) -> Any:
        if name == "chart.png":
            reached.set()
            await go.wait()
        return await write(job_id, name, *more)

    app.artifacts.write = wait_first  # type: ignore[method-assign, assignment]
    answer = await typed(town.play, "async-job", type="member-activity-analysis", start="19d")
    job_id = answer.text.rsplit("`", 2)[1]
    await asyncio.wait_for(reached.wait(), 30)
    app.artifacts.write = write  # type: ignore[method-assign]
    _, said = await erased(town, person)
    assert said.endswith("1 job has not ended; it is cleared when it does.")
    go.set()
    await town.play.ended(job_id)

    async def followed() -> bool:
        page = await app.queue.find(JobQuery(types=(NAME,)))
        return len(page.jobs) == 2 and all(job.state is State.COMPLETED for job in page.jobs)

    await until(followed)
    job = await app.queue.get(job_id)
    assert job is not None
    assert str(person) not in json.dumps(job.result)
    assert files_naming(app, job, person) == []
    assert await counted(app, guild, person) == 0


@pytest.mark.parametrize("direct", [False, True], ids=["in the server", "everywhere"])
async def test_a_job_that_is_retried_meanwhile_is_cleared_when_it_ends(
    town: Town, monkeypatch: pytest.MonkeyPatch, direct: bool
) -> None:
    """It was not unfinished when those were looked for, and is when its turn comes."""
    guild, app, person = town.play.guild, town.app, talker(town.play.guild)
    job = await town.job(guild, metadata={"of": str(person)})
    await town.until(job, State.ACTIVE)

    async def none(*_: Any) -> AsyncIterator[Job]:
        for found in list[Job]():
            yield found

    monkeypatch.setattr(MemberData, "_unfinished", none)
    if direct:
        question = await typed_directly(town.play, "privacy erase", user=person)
        said = await press(town, question.message, "Erase it", person)
    else:
        _, said = await erased(town, person)
    assert said.endswith("1 job has not ended; it is cleared when it does.")
    town.go.set()

    async def cleared() -> bool:
        found = await app.queue.get(job.id)
        return found is not None and found.metadata == {"of": None}

    await until(cleared)
    assert len((await app.queue.find(JobQuery(types=(NAME,)))).jobs) == 2


async def test_an_erasure_goes_on_after_a_restart(sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path) -> None:
    person = talker(guild)
    async with opened(sandbox, guild, other, tmp_path, user_commands_per_minute=0) as town:
        job = await analysed(town)
        stuck = asyncio.Event()

        async def never(*_: Any) -> None:
            stuck.set()
            await asyncio.Event().wait()

        town.app.members.jobs.redact = never  # type: ignore[method-assign, assignment]
        question = await typed(town.play, "privacy erase", user=person)
        custom_id = part_of(question.message, "Erase it")["custom_id"]
        await town.play.sandbox.interactions.press(question.message, custom_id, person)
        await asyncio.wait_for(stuck.wait(), 30)
        assert await database_holds(town.app, person) > LEFT
        town.app.settings = town.app.settings.model_copy(update={"shutdown_grace": 0.0})
        await town.app.queue.drain(0.0)
    async with opened(sandbox, guild, other, tmp_path, user_commands_per_minute=0) as town:

        async def done() -> bool:
            (found,) = (await town.app.queue.find(JobQuery(types=(NAME,)))).jobs
            return found.state is State.COMPLETED

        await until(done)
        assert files_naming(town.app, job, person) == []
        assert await database_holds(town.app, person) == LEFT


async def test_an_administrator_erases_who_left_and_nobody_who_is_there(town: Town) -> None:
    guild, app = town.play.guild, town.app
    admin, person, plain = with_role(guild, "Admin").user.id, talker(guild), plain_members(guild)[0].user.id
    await analysed(town)
    here = await typed(town.play, "privacy erase", user=admin, member=str(person))
    assert here.text.strip() == f"<@{person}> is in this server and can do that with `/privacy erase`."
    del guild.members[person]
    refused = await typed(town.play, "privacy erase", user=plain, member=str(person))
    assert refused.text.strip() == "Only administrators can do this here."
    question, said = await erased(town, admin, member=str(person))
    assert question.text.startswith(f"Erase what I keep of <@{person}>, who is not in this server, here?")
    assert said.startswith("Erased: ")
    assert await counted(app, guild, person) == 0
    (job,) = (await app.queue.find(JobQuery(types=(NAME,)))).jobs
    assert job.owner == str(admin), "who had somebody else erased is kept with the job"


async def test_a_button_checks_its_presser_and_whom_it_is_about(town: Town) -> None:
    """Its id can be made up, and what was right when it was shown may be wrong when it is pressed."""
    guild = town.play.guild
    person, plain = talker(guild), plain_members(guild)[0].user.id
    admin = with_role(guild, "Admin").user.id
    assert plain != person
    question = await typed(town.play, "privacy erase", user=plain)
    part = question.message.components[0]["components"][0]
    part["custom_id"] = f"privacy:erase:{person}"
    assert await press(town, question.message, "Erase it", plain) == "Only administrators can do this here."
    member = guild.members.pop(person)
    question = await typed(town.play, "privacy erase", user=admin, member=str(person))
    guild.members[person] = member
    said = await press(town, question.message, "Erase it", admin)
    assert said == f"<@{person}> is in this server and can do that with `/privacy erase`."
    assert (await town.app.queue.find(JobQuery(types=(NAME,)))).jobs == ()
    question = await typed(town.play, "privacy erase", user=plain)
    part = question.message.components[0]["components"][0]
    for wrong in (f"privacy:back:{person}", f"privacy:burn:{plain}"):
        part["custom_id"] = wrong
        assert await press(town, question.message, "Erase it", plain) == (
            "This button is from another version of me. Use `/job status`."
        )


async def test_members_of_one_server_erase_nothing_in_another(town: Town) -> None:
    app, person = town.app, talker(town.play.guild)
    quarter = quarter_of(app.clock.now())
    counts = [Count(g.id, 5, person, quarter, 1) for g in (town.play.guild, town.other)]
    await app.recorder._store.add_recorded(counts, [])
    await erased(town, person)
    rows = await app.client.desk.activity.members.rows(EVERYWHERE, person)
    assert [row.values["guild"] for row in rows] == [town.other.id]


async def test_who_had_it_erased_is_not_called_inactive(town: Town) -> None:
    guild, person = town.play.guild, talker(town.play.guild)
    await analysed(town, "5d")
    silent = await typed(town.play, "activity inactive", days=5)
    before = silent.message.attachments[0].data.decode()
    quiet = next(m.user.id for m in plain_members(guild) if f"id:{m.user.id}" in before)
    for somebody in (person, quiet):
        await erased(town, somebody)
    answer = await typed(town.play, "activity inactive", days=5)
    data = answer.message.attachments[0].data.decode()
    assert f"id:{quiet}" not in data
    assert f"id:{person}" not in data
    assert len(data.splitlines()) == len(before.splitlines()) - 1
    assert "2 members had opted out within that time, or had it erased; of them I cannot tell." in answer.text


async def test_who_asks_too_often_is_told_to_wait(sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path) -> None:
    """Each of them reads through all that was made here."""
    async with opened(sandbox, guild, other, tmp_path, user_commands_per_minute=1) as town:
        person = talker(guild)
        assert (await typed(town.play, "privacy export", user=person)).message.attachments
        refused = await typed(town.play, "privacy export", user=person)
        assert refused.text.strip().startswith("You have asked for 1 jobs within a minute. Try again in ")
        _, said = await erased(town, person)
        assert said.startswith("You have asked for 1 jobs within a minute. Try again in ")
        assert (await town.app.queue.find(JobQuery(types=(NAME,)))).jobs == ()


async def test_a_paused_server_holds_up_no_erasure(town: Town) -> None:
    person = talker(town.play.guild)
    await typed(town.play, "queue pause")
    _, said = await erased(town, person)
    assert said.startswith("Erased: ")


async def test_an_erasure_that_takes_long_goes_on_by_itself(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.views.privacy_buttons.WAIT_S", 0.2)
    await town.app.queue.pause("upgrade", type_=NAME)
    person = talker(town.play.guild)
    _, said = await erased(town, person)
    assert said == "It is being erased. That goes on by itself, also if I restart."
    await town.app.queue.resume(type_=NAME)

    async def done() -> bool:
        (found,) = (await town.app.queue.find(JobQuery(types=(NAME,)))).jobs
        return found.state is State.COMPLETED

    await until(done)


async def test_the_operator_erases_somebody_from_the_command_line(
    sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path
) -> None:
    """Left while the bot was away, and beside a running one."""
    person = talker(guild)
    for guilds in ([], [guild.id]):
        chosen = [part for id_ in guilds for part in ("--guild", str(id_))]
        command = await BotProcess.start(sandbox, tmp_path, "privacy", "erase", str(person), *chosen)
        if not guilds:
            assert await command.ended() == 0
            assert "it is obeyed at its next start" in command.said()
        async with opened(sandbox, guild, other, tmp_path) as town:
            quarter = quarter_of(town.app.clock.now()) + 1

            async def done(asked: int = len(guilds) + 1, town: Town = town) -> bool:
                jobs = (await town.app.queue.find(JobQuery(types=(NAME,)))).jobs
                return len(jobs) == asked and all(job.state is State.COMPLETED for job in jobs)

            await until(done)
            known = await town.app.client.desk.activity.members.wish(guild.id, person)
            assert (known.known_since or 0) <= quarter * QUARTER_MS
            rows = await town.app.database.read("SELECT guild FROM activity_known_since")
            assert [row["guild"] for row in rows] == [EVERYWHERE, *guilds]
        if guilds:
            assert await command.ended() == 0
            assert "is enqueued" in command.said()


async def test_a_user_id_that_is_none_is_refused(tmp_path: Path) -> None:
    command = await BotProcess.start(None, tmp_path, "privacy", "erase", "0")
    assert await command.ended() == 2
    assert "Traceback" not in command.said()
