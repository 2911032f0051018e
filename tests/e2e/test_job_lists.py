"""`/job list`: its pages and its select, in time, after a restart and in the wrong hands."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox import Guild, Sandbox
from bot.views import job_lists
from tests.e2e.conftest import Play, running, settings_for, text_of
from tests.e2e.forms import answer, buttons_of, part_of, pressed, typed
from tests.e2e.typist import plain_members


async def test_a_list_is_turned_and_opened_also_after_a_restart(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> None:
    settings = settings_for(sandbox, tmp_path, job_modules="tests.e2e.asking")
    lane, payload = str(guild.id), {"guild_id": str(guild.id)}
    async with running(settings) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        ids = [
            (await app.queue.enqueue("one-way", payload, lane=lane, owner="1", delay=3600 + n)).id for n in range(23)
        ][::-1]
        sent = await typed(play, "job list")
        shown = await sent.said()
        assert all(id_ in text_of(shown) for id_ in ids[:10])
        assert buttons_of(shown) == ["Open one", "Newer", "Older"]
        assert part_of(shown, "Newer")["disabled"]
        await pressed(play, shown, "Older")
        assert all(id_ in text_of(shown) for id_ in ids[10:20])
    async with running(settings) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        await pressed(play, shown, "Older")
        assert all(id_ in text_of(shown) for id_ in ids[20:])
        assert part_of(shown, "Older")["disabled"]
        await pressed(play, shown, "Newer")
        await pressed(play, shown, "Newer")
        assert all(id_ in text_of(shown) for id_ in ids[:10])
        opened = await pressed(play, shown, "Open one", values=[ids[3]])
        card = await opened.said()
        assert f"`{ids[3]}`" in text_of(card)
        assert buttons_of(card) == ["Refresh"]
        stranger = plain_members(guild)[0].user.id
        gone = "This list is not kept any more. Use `/job list` again."
        assert await answer(play, shown, "Older", user=stranger) == gone
        assert f"There is no job `{ids[3]}` here." == await answer(
            play, shown, "Open one", values=[ids[3]], user=stranger
        )
        await app.queue.records.delete(job_lists.KIND, part_of(shown, "Older")["custom_id"].split(":")[2])
        assert await answer(play, shown, "Older") == gone
