"""The bot in another language than English, typed into the stand-in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.cards.text import escape
from bot.languages import languages
from tests.e2e.conftest import Play, text_of
from tests.e2e.hours import opened_hours
from tests.e2e.typist import Heard, typed

UNTRANSLATED = next(one.value for one in discord.Locale if one.value.split("-")[0] not in languages())
ANALYSIS = "member-activity-analysis"


def caught_english(heard: Heard) -> list[str]:
    """Words that stand in English sentences and in no Indonesian one; names of commands and code words aside."""
    plain = re.sub(r"`[^`]*`|<[^>]*>|https?://\S+", "", heard.text)
    return re.findall(r"\b(?:the|this|here|is|are|of|and|to|jobs?|your?|not|in)\b", plain)


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
    assert labels == ["Unduh", "Tidak aktif (CSV)", "Beri peran…", "Jadwalkan mingguan", "Jalankan lagi"]


async def test_a_language_that_nobody_translated_is_english(play: Play) -> None:
    sent, job_id = await play.start_analysis("2d", user=speaking(play, UNTRANSLATED))
    await play.ended(job_id)
    assert sent.message is not None
    assert "Completed · Member Analysis" in text_of(sent.message)


async def test_what_the_server_chose_holds_for_everyone_and_taking_it_back_follows_each_reader(play: Play) -> None:
    chosen = await typed(play, "setup language", name="id")
    assert "Bahasa Indonesia" in chosen.text
    sent, job_id = await play.start_analysis("2d", user=speaking(play, "en-US"))
    await play.ended(job_id)
    assert sent.message is not None
    assert "Selesai · Analisis Anggota" in text_of(sent.message)
    assert "Selesai · Analisis Anggota" in (await typed(play, "job status", id=job_id)).text
    await typed(play, "setup language")
    assert "Completed · Member Analysis" in (await typed(play, "job status", id=job_id)).text


async def test_discord_is_told_the_commands_in_indonesian(play: Play) -> None:
    (command,) = (c for c in play.sandbox.world.commands if c["name"] == "async-job")
    assert command["description_localizations"]["id"].startswith("Mulai tugas panjang")
    assert command["options"][0]["choices"][0]["name_localizations"] == {"id": "Analisis Anggota"}


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        ("async-job", {"type": ANALYSIS, "start": "2026-10-31", "end": "2026-10-01"},
         "Tanggal akhir lebih awal daripada tanggal mulai. Coba `start: 2026-10-01 end: 2026-10-31`."),
        ("async-job", {"type": ANALYSIS, "start": "nanti"}, "Saya tidak bisa membaca tanggal mulai."),
        ("job status", {"id": "aaaaaaaaaa"}, "Tidak ada tugas `aaaaaaaaaa` di sini."),
        ("job list", {"state": "besok"}, "Tidak ada status seperti itu. Pilih salah satu: waiting, "),
        ("queue resume", {}, "Tidak ada yang dijeda di sini. Satu tugas dilanjutkan dengan `/job resume`."),
        ("schedule add", {"type": ANALYSIS, "when": "besok"}, "Saya tidak bisa membaca kapan itu."),
        ("schedule remove", {"id": "aaaaaaaaaa"}, "Tidak ada jadwal `aaaaaaaaaa` di sini."),
        ("setup timezone", {"name": "Mars/Olympus"}, "Tidak ada zona waktu seperti itu."),
        ("queue access", {"type": ANALYSIS}, "Berikan `type` dari daftar dan sebuah `role`"),
    ],
)  # fmt: skip
async def test_refusals_are_said_in_indonesian_to_the_caller_alone(
    play: Play, command: str, options: dict[str, Any], sentence: str
) -> None:
    heard = await typed(play, command, user=speaking(play, "id"), **options)
    assert heard.text.strip().startswith(sentence)
    assert heard.alone
    assert not caught_english(heard)


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("help", {}, "Bantuan"),
        ("job list", {}, "Belum ada tugas di sini."),
        ("queue stats", {}, "Tugas di server ini"),
        ("queue health", {}, "✅ Semua baik."),
        ("queue pause", {"reason": "istirahat"}, "0 tugas dijeda, dan tidak ada yang baru dimulai di sini."),
        ("queue access", {}, "**Analisis Anggota**: administrator"),
        ("schedule list", {}, "Belum ada jadwal di sini."),
        ("schedule add", {"type": ANALYSIS, "when": "daily 09:00"}, "Analisis Anggota dijalankan daily 09:00 (UTC)"),
        ("activity me", {}, "saya menghitung 0 pesan darimu"),
        ("setup check", {}, "Saya boleh membaca, menulis, dan melampirkan file."),
        ("setup timezone", {"name": "Asia/Jakarta"}, "Mulai sekarang hari dihitung menurut Asia/Jakarta."),
        ("setup channel", {}, "Jadwal menulis di tempat jadwal itu dibuat."),
        ("setup language", {}, "Kartu baru di sini memakai bahasa orang yang meminta."),
    ],
)
async def test_answers_are_said_in_indonesian_and_nothing_of_them_in_english(
    play: Play, command: str, options: dict[str, Any], words: str
) -> None:
    heard = await typed(play, command, user=speaking(play, "id"), **options)
    assert words in heard.text
    assert not caught_english(heard)


async def test_what_stands_in_the_way_is_named_in_indonesian_with_what_people_wrote_made_harmless(play: Play) -> None:
    owner = speaking(play, "id")
    reason = "**@everyone** `ada` [x](https://x.example) { $id }"
    await typed(play, "queue pause", user=owner, reason=reason)
    heard = await typed(play, "async-job", user=owner, type=ANALYSIS)
    name = play.guild.members[owner].display_name
    paused = f"Semua tugas di sini dijeda oleh {name}: {escape(reason)}"
    assert heard.text.strip() == f"Tugas di server ini dijeda: {paused} `/queue resume` melanjutkannya."
    assert "@everyone" not in heard.text
    assert heard.alone


async def test_what_is_done_to_a_job_is_said_in_indonesian_on_its_card_too(play: Play) -> None:
    owner = speaking(play, "id")
    payload = {"guild_id": str(play.guild.id), "start_date": "2026-10-01", "end_date": "2026-10-02"}
    job = await play.app.queue.enqueue(ANALYSIS, payload, lane=str(play.guild.id), owner=str(owner), delay=3600)
    heard = await typed(play, "job cancel", user=owner, id=job.id, reason="salah hari")
    assert heard.text.strip() == f"`{job.id}` dibatalkan. Tugas itu belum dimulai, jadi tidak ada yang dikerjakan."
    heard = await typed(play, "job status", user=owner, id=job.id)
    assert "Dibatalkan oleh " in heard.text
    assert ": salah hari" in heard.text
    assert not caught_english(heard)
    again = await typed(play, "job cancel", user=owner, id=job.id)
    assert again.text.strip() == f"`{job.id}` sudah berakhir."


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
