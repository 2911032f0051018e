"""The bot in another language than English, typed into the stand-in."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import Play, text_of
from tests.e2e.hours import opened_hours
from tests.e2e.test_commands import said, typed

ANALYSIS = "member-activity-analysis"


def speaking(play: Play, locale: str) -> int:
    """The guild's owner, whose Discord speaks this language."""
    play.sandbox.locales[play.guild.owner_id] = locale
    return play.guild.owner_id


async def test_whoever_asks_in_indonesian_reads_their_job_in_indonesian_from_the_first_card_to_the_last(
    play: Play,
) -> None:
    sent, job_id = await play.start_analysis("7d", user=speaking(play, "id"))
    job = await play.ended(job_id)
    assert (job.context["locale"], job.context["language"]) == ("id", "id")
    assert sent.message is not None
    assert "✅ Selesai · Analisis Anggota" in text_of(sent.message)
    assert "anggota aktif" in text_of(sent.message)
    labels = [part["label"] for row in sent.message.components for part in row["components"]]
    assert labels == ["Unduh", "Jalankan lagi"]


async def test_a_language_that_nobody_translated_is_english(play: Play) -> None:
    sent, job_id = await play.start_analysis("2d", user=speaking(play, "ja"))
    await play.ended(job_id)
    assert sent.message is not None
    assert "Completed · Member Analysis" in text_of(sent.message)


async def test_what_the_server_chose_holds_for_everyone_and_taking_it_back_follows_each_reader(play: Play) -> None:
    chosen = await typed(play, "setup language", name="id")
    assert "Bahasa Indonesia" in said(chosen)
    sent, job_id = await play.start_analysis("2d", user=speaking(play, "en-US"))
    await play.ended(job_id)
    assert sent.message is not None
    assert "Selesai · Analisis Anggota" in text_of(sent.message)
    assert "Selesai · Analisis Anggota" in said(await typed(play, "job status", id=job_id))
    await typed(play, "setup language")
    assert "Completed · Member Analysis" in said(await typed(play, "job status", id=job_id))


async def test_discord_is_told_the_commands_in_indonesian(play: Play) -> None:
    (command,) = (c for c in play.sandbox.world.commands if c["name"] == "async-job")
    assert command["description_localizations"]["id"].startswith("Mulai tugas panjang")
    assert command["options"][0]["choices"][0]["name_localizations"] == {"id": "Analisis Anggota"}


async def test_a_schedules_card_is_in_the_language_of_whoever_made_it_until_the_server_chooses_one(play: Play) -> None:
    speaking(play, "id")
    await typed(play, "schedule add", type=ANALYSIS, when="daily 09:00")
    (schedule,) = await play.app.scheduler.list(lane=str(play.guild.id))
    for chosen, words in ((None, "Selesai · Analisis Anggota"), ("en", "Completed · Member Analysis")):
        if chosen:
            await typed(play, "setup language", name=chosen)
        job = await play.app.scheduler.run_now(schedule.id)
        await play.ended(job.id)
        cards = [m for m in play.guild.default_channel.messages if f"`{job.id}`" in text_of(m)]
        assert words in text_of(cards[-1])


async def test_a_card_keeps_its_language_through_a_restart_whatever_is_chosen_meanwhile(tmp_path: Path) -> None:
    async with opened_hours(tmp_path) as hours:
        hours.sandbox.locales[hours.guild.owner_id] = "id"
        sent, job_id = await hours.start()
        assert sent.message is not None
        await hours.passed(600)
        assert "Progres Tugas · Long Walk" in text_of(sent.message)
        await hours.close()
        hours.sandbox.locales[hours.guild.owner_id] = "en-US"
        await hours.open()
        await hours.app.client.desk.settings.change(hours.guild.id, language="en")
        await hours.until(lambda: "Bot dimulai ulang; dilanjutkan dari" in text_of(hours.cards(job_id)[-1]), step=1)
        await hours.ended(job_id)
        assert "Selesai · Long Walk" in text_of(hours.cards(job_id)[-1])
        channel = hours.sandbox.world.channel(sent.message.channel_id)
        assert channel is not None
        assert channel.messages[-1].content == f"<@{hours.guild.owner_id}> Long Walk yang kamu minta sudah selesai."
