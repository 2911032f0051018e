"""`python -m benchmarks recorder`: what recording costs, from the gateway's text through discord.py to the file.

The same events are read twice, each time in a fresh process: by discord.py with nobody listening, and recorded. The
difference is what recording costs. Measured is processor time, so other work on the machine matters little:
`python -m benchmarks.recorder DATABASE full|smoke deaf|recording`.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from discord import ClientUser
from discord.gateway import DiscordWebSocket
from pydantic import SecretStr
from rich.console import Console

from bot.client import ErrandClient
from bot.desk import Desk
from bot.listener import sources_of
from bot.settings import Settings
from jobs.activity.recorder import Recorder
from jobs.activity.sqlite import MIGRATIONS, SqliteActivityStore
from jobs.engine.backends.sqlite import SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.services import snowflake_at

EVENTS_A_S = 2000
FLUSH_S = 5
SECONDS = {"full": 60, "smoke": 5}
"""How much of time the events stand for; they are read as fast as can be."""
SHARE_AIM = 0.20
GUILD, BOT, MEMBERS, CHANNELS, ROOMS = 1 << 40, 1 << 39, 20_000, 200, 50
BREATH = 50
"""Events between two turns of the loop, in which discord.py's own tasks run."""


def measure(size_name: str) -> dict[str, float]:
    """Shares of one core: discord.py alone, and with recording."""
    found = {}
    for what in ("deaf", "recording"):
        with tempfile.TemporaryDirectory(prefix="errand-bench-") as folder:
            command = [sys.executable, "-m", "benchmarks.recorder", str(Path(folder) / "bench.db"), size_name, what]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own
            found[what] = float(answer)
    return found


def show(size_name: str, console: Console) -> bool:
    """Measure and print; whether the aim is reached."""
    found = measure(size_name)
    cost = found["recording"] - found["deaf"]
    console.print(
        f"{EVENTS_A_S:,} events a second: discord.py alone {_told(found['deaf'])}, "
        f"with recording {_told(found['recording'])}; recording costs {_told(cost)}"
    )
    reached = cost <= SHARE_AIM
    console.print(f"{'reached' if reached else 'NOT reached':11}  recording (aim ≤ {SHARE_AIM:.0%} of a core)")
    return reached


def _told(share: float) -> str:
    return f"{share:.1%} of a core ({share / EVENTS_A_S * 1e6:.0f} µs an event)"


async def read_events(path: Path, seconds: int, *, recording: bool) -> float:
    """Read `seconds` worth of events; the share of one core that it took."""
    settings = Settings(_env_file=None, discord_token=SecretStr("x"), database_path=path)
    clock = SystemClock()
    client = ErrandClient(settings, clock)
    database = SqliteDatabase(path, migrations=MIGRATIONS)
    await database.open()
    recorder = Recorder(SqliteActivityStore(database), clock, sources=sources_of(client.intents))
    client.equip(cast(Desk, None), recorder)
    socket = DiscordWebSocket(cast(Any, None), loop=asyncio.get_running_loop())
    socket._connection, socket._discord_parsers = client._connection, client._connection.parsers
    socket._dispatch, socket.session_id = client.dispatch, "bench"
    socket.shard_id, socket.sequence = None, None
    client.ws = socket
    client.loop = asyncio.get_running_loop()
    client._connection.user = ClientUser(state=client._connection, data=cast(Any, _user(BOT)))
    guild = client._connection._add_guild_from_data(cast(Any, _guild()))
    client.listener.hear("guild_available", (guild,))
    if not recording:
        client.listener.hear = lambda event, args: None  # type: ignore[method-assign]
    texts = list(events(seconds * EVENTS_A_S))
    began = time.process_time()
    for number, text in enumerate(texts):
        await socket.received_message(text)
        if number % BREATH == 0:
            await asyncio.sleep(0)
        if recording and number % (EVENTS_A_S * FLUSH_S) == 0:
            await recorder.flush()
    await recorder.flush()
    used = time.process_time() - began
    if recording:
        await _check(database, texts)
    await database.close()
    return used / seconds


async def _check(database: SqliteDatabase, texts: list[str]) -> None:
    """Raises `RuntimeError` when not everything was recorded."""
    (row,) = await database.read("SELECT sum(messages) AS messages, sum(reactions) AS reactions FROM activity")
    sent = {
        name: sum(f'"t": "{name}"' in text for text in texts) for name in ("MESSAGE_CREATE", "MESSAGE_REACTION_ADD")
    }
    if (row["messages"], row["reactions"]) != tuple(sent.values()):
        raise RuntimeError(f"recorded {tuple(row)} of {sent}")


def events(count: int) -> Iterator[str]:
    """What the gateway of a very busy server sends: mostly messages, a few people more active than most."""
    rng, now = random.Random(3), SystemClock().now()
    for number in range(count):
        member = min(int(rng.paretovariate(0.5)), MEMBERS)
        at = now + number * 1000 // EVENTS_A_S
        channel = GUILD + 1 + rng.randrange(CHANNELS)
        kind = rng.random()
        common = {"guild_id": str(GUILD), "channel_id": str(channel)}
        if kind < 0.75:
            yield _text(number + 2, "MESSAGE_CREATE", _message(snowflake_at(at) + number, member, rng) | common)
        elif kind < 0.9:
            reaction = {"user_id": str(member), "message_id": str(number), "emoji": {"id": None, "name": "🦊"}}
            more = {"member": _member(member), "type": 0, "burst": False}
            yield _text(number + 2, "MESSAGE_REACTION_ADD", reaction | more | common)
        elif kind < 0.97:
            room = {"channel_id": str(GUILD + 1 + CHANNELS + rng.randrange(ROOMS)) if rng.random() < 0.6 else None}
            yield _text(number + 2, "VOICE_STATE_UPDATE", common | _voice(member) | room)
        elif kind < 0.99:
            yield _text(number + 2, "GUILD_MEMBER_ADD", {"guild_id": str(GUILD), **_member(MEMBERS + number)})
        else:
            gone = {"guild_id": str(GUILD), "user": _user(MEMBERS + number)}
            yield _text(number + 2, "GUILD_MEMBER_REMOVE", gone)


def _text(sequence: int, event: str, data: dict[str, Any]) -> str:
    return json.dumps({"op": 0, "t": event, "s": sequence, "d": data}, ensure_ascii=False)


def _user(id_: int) -> dict[str, Any]:
    return {"id": str(id_), "username": f"user{id_}", "discriminator": "0", "global_name": None, "avatar": None}


def _member(id_: int) -> dict[str, Any]:
    joined = {"roles": [], "flags": 0, "joined_at": "2025-01-01T00:00:00+00:00", "deaf": False, "mute": False}
    return {**joined, "nick": None, "avatar": None, "user": _user(id_)}


def _message(id_: int, author: int, rng: random.Random) -> dict[str, Any]:
    member = _member(author)
    return {
        "id": str(id_), "type": 19 if rng.random() < 0.2 else 0, "content": "", "author": member.pop("user"),
        "member": member, "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False,
        "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "components": [], "flags": 0, "pinned": False, "nonce": str(id_),
    }  # fmt: skip


def _voice(member: int) -> dict[str, Any]:
    switches = ("deaf", "mute", "self_deaf", "self_mute", "self_video", "suppress")
    state = {"user_id": str(member), "session_id": "s", "request_to_speak_timestamp": None}
    return {**dict.fromkeys(switches, False), **state, "member": _member(member)}


def _guild() -> dict[str, Any]:
    places = [{"type": 0, "name": f"text-{n}"} for n in range(CHANNELS)]
    places += [{"type": 2, "name": f"room-{n}", "bitrate": 64_000, "user_limit": 0} for n in range(ROOMS)]
    channels = [
        {"id": str(GUILD + 1 + n), "position": n, "permission_overwrites": [], "parent_id": None, **place}
        for n, place in enumerate(places)
    ]
    role = {"id": str(GUILD), "name": "@everyone", "permissions": "0", "position": 0, "color": 0, "flags": 0}
    roles = [{**role, "hoist": False, "managed": False, "mentionable": False}]
    empty = ("emojis", "stickers", "features", "threads", "voice_states", "presences", "stage_instances")
    more = dict.fromkeys((*empty, "guild_scheduled_events", "soundboard_sounds"), ())
    return {
        "id": str(GUILD),
        "name": "busy",
        "owner_id": str(BOT),
        "roles": roles,
        "channels": channels,
        "members": [_member(BOT)],
        **more,
    }


if __name__ == "__main__":
    share = asyncio.run(read_events(Path(sys.argv[1]), SECONDS[sys.argv[2]], recording=sys.argv[3] == "recording"))
    sys.stdout.write(f"{share}\n")
