from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.cards import Card, job_card, state_words
from bot.languages import words_in
from jobs.engine.forecast import Outlook
from jobs.engine.model import ErrorInfo, Progress
from jobs.engine.states import State
from jobs.handlers.member_activity_analysis import member_activity_analysis
from tests.cards.test_job_card import NOW, STYLE, job

INDONESIAN = words_in("id")
READING = Progress(
    current=12_240, total=20_061, unit="days of history", message="a private channel", stage="Reading history",
    stage_no=2, stages=4, ok=11_900, skipped=340, failed=3, eta_s=44,
)  # fmt: skip


def card_of(state: State, *, outlook: Outlook | None = None, **more: Any) -> Card:
    shown = replace(job(state, **more), type=member_activity_analysis.name)
    return job_card(shown, member_activity_analysis, now=NOW, style=STYLE, words=INDONESIAN, outlook=outlook)


def lines_of(card: Card) -> list[str]:
    embed = card.embed()
    below = [field.value or "" for field in embed.fields if not field.inline]
    return [*(embed.description or "").split("\n"), *below]


@pytest.mark.parametrize(
    ("state", "more", "title", "lines"),
    [
        (
            State.WAITING,
            {"attempts": 0, "outlook": Outlook(3, 120.0)},
            "⏳ Progres Tugas · Analisis Anggota",
            ["Dalam antrean, urutan ke-3.", "Dimulai dalam sekitar 2 mnt.", "-# `k7f39qztma` · diminta oleh <@42>"],
        ),
        (
            State.DELAYED,
            {"error": ErrorInfo("Discord did not answer."), "run_at": NOW + 20_000},
            "⏳ Progres Tugas · Analisis Anggota",
            [
                f"Percobaan 2 dari 4 dimulai <t:{(NOW + 20_000) // 1000}:R>, setelah: Discord tidak menjawab.",
                "-# `k7f39qztma` · percobaan 1 dari 4 · diminta oleh <@42>",
            ],
        ),
        (
            State.BLOCKED,
            {"attempts": 0, "depends_on": ("m2x",)},
            "⏳ Progres Tugas · Analisis Anggota",
            ["Dimulai setelah `m2x` selesai.", "-# `k7f39qztma` · diminta oleh <@42>"],
        ),
        (
            State.ACTIVE,
            {"progress": READING},
            "⚙️ Progres Tugas · Analisis Anggota",
            [
                "Membaca riwayat: saluran pribadi · tahap 2 dari 4",
                "`▰▰▰▰▰▰▱▱▱▱` 61 % · 12.240 dari 20.061 hari riwayat",
                "11.900 dihitung · 340 dilewati · 3 gagal",
                "sudah 1 mnt 12 dtk · sekitar 45 dtk lagi di tahap ini",
                "-# `k7f39qztma` · percobaan 1 dari 4 · diminta oleh <@42>",
            ],
        ),
        (
            State.PAUSED,
            {"reason": "Paused by Ann: lunch", "progress": READING},
            "⏸️ Dijeda · Analisis Anggota",
            [
                "Dijeda oleh Ann: lunch · <t:1790000000:R>",
                "Sudah sampai di: Membaca riwayat, 61 %.",
                "-# `k7f39qztma` · percobaan 1 dari 4 · diminta oleh <@42>",
            ],
        ),
        (
            State.FAILED,
            {"attempts": 4, "error": ErrorInfo("It made no progress for 600 seconds."), "completed_at": NOW},
            "❌ Gagal · Analisis Anggota",
            [
                "Tidak ada kemajuan selama 600 detik.",
                "Sudah dicoba 4 kali.",
                "Tekan Coba lagi setelah hal itu diperbaiki; tugas dilanjutkan dari sana.",
                "-# `k7f39qztma` · diminta oleh <@42>",
            ],
        ),
        (
            State.CANCELLED,
            {"reason": "It could not start in time.", "completed_at": NOW},
            "⏹️ Dibatalkan · Analisis Anggota",
            ["Tugas ini tidak bisa dimulai tepat waktu.", "-# `k7f39qztma` · diminta oleh <@42>"],
        ),
    ],
)
def test_a_card_of_each_state(state: State, more: dict[str, Any], title: str, lines: list[str]) -> None:
    card = card_of(state, **more)
    assert card.title == title
    assert lines_of(card) == lines


def test_a_finished_analysis() -> None:
    result = {
        "start": "2026-10-01", "end": "2026-10-30", "time_zone": "Asia/Jakarta", "active": 312, "members": 1498,
        "change": 8.2, "messages": 18_204, "voice_ms": 412 * 3_600_000, "busiest": {"weekday": 6, "hour": 20},
        "top_channels": [{"id": "7"}], "silent": 1186, "new": 4, "left": 2,
        "top": [{"id": "5", "messages": 1204}, {"id": "6", "messages": 0, "voice_ms": 5_400_000}],
        "coverage": {
            "unreadable": 2, "channels": 14, "voice_since": 1_789_200_000_000, "voice_from_start": False,
            "voice_share": 0.5,
        },
        "files": ["chart.png"],
    }  # fmt: skip
    payload = {"include_message_count": True, "include_voice_time": True}
    card = card_of(State.COMPLETED, completed_at=NOW, result=result, payload=payload)
    assert card.title == "✅ Selesai · Analisis Anggota"
    assert lines_of(card) == [
        "**1 Okt sampai 30 Okt 2026**",
        "**312** dari 1.498 anggota aktif (+8 %) · **18.204** pesan · **412 jam** di saluran suara",
        "Paling ramai: Minggu 20:00 · <#7>",
        "1.186 tidak menunjukkan aktivitas · 4 bergabung · 2 anggota aktif sudah keluar sejak itu",
        "Suara diketahui sejak 12 Sep.",
        "2 dari 14 saluran tidak bisa dibaca.",
        "Hari dan jam menurut Asia/Jakarta.",
        "memakan waktu 1 mnt 12 dtk",
        "-# `k7f39qztma` · diminta oleh <@42>",
    ]
    assert [(column.title, column.lines) for column in card.columns] == [
        ("Anggota teratas, menurut pesan", ("1. <@5> 1.204",)),
        ("\u200b", ("2. <@6> 1,5 jam",)),
    ]
    assert [button.label for button in card.buttons] == ["Unduh", "Jadwalkan mingguan", "Jalankan lagi"]


def test_buttons_and_states_have_their_words() -> None:
    assert [button.label for button in card_of(State.ACTIVE).buttons] == ["Jeda", "Batalkan"]
    assert [button.label for button in card_of(State.PAUSED).buttons] == ["Lanjutkan", "Batalkan"]
    assert [button.label for button in card_of(State.FAILED).buttons] == ["Coba lagi", "Jalankan lagi"]
    words = [state_words(job(state), INDONESIAN)[1] for state in State]
    assert len(set(words)) == len(words)
    assert not {"waiting", "active"} & set(words)


def test_a_hostile_reason_is_harmless_in_every_language() -> None:
    card = card_of(State.PAUSED, reason="Paused by **@everyone** <@1> \u202e: `x`\n# big")
    assert lines_of(card)[0] == "Dijeda oleh \\*\\*@\u200beveryone\\*\\* \\<@1> : \\`x\\` # big · <t:1790000000:R>"
