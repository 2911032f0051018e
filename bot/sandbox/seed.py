"""Makes a server out of a number: people, channels, two months of talk, evenings in voice.

Pure: the same seed and instant make the same world, id by id. Invariant: nobody speaks before they joined, and
every id's time is the time it happened.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from bot.sandbox.permissions import (
    ADMINISTRATOR,
    ATTACH_FILES,
    CONNECT,
    EVERYONE_DEFAULT,
    MANAGE_GUILD,
    MANAGE_ROLES,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    VIEW_CHANNEL,
)
from bot.sandbox.world import (
    CHAT_INPUT,
    DEFAULT,
    EPOCH_MS,
    REPLY,
    TEXT,
    VOICE,
    Channel,
    Guild,
    Member,
    Message,
    Overwrite,
    Role,
    User,
    VoiceSession,
    World,
)

DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000
JOINED_NOTICE = 7
"""Type of the message that says that somebody joined."""
GUILD_AGE_DAYS = 700
BOTS = 12
BY_HOUR = (9, 5, 3, 2, 1, 1, 2, 4, 6, 7, 8, 9, 11, 11, 12, 14, 17, 21, 26, 30, 32, 30, 24, 15)
BY_WEEKDAY = (0.85, 0.85, 0.9, 0.95, 1.2, 1.4, 1.35)
CHANNEL_NAMES = (
    "general", "clips", "help", "memes", "music", "showcase", "events", "off-topic", "trading", "screenshots",
    "staff", "archive",
)  # fmt: skip
CHANNEL_SHARES = (30, 14, 13, 11, 7, 6, 5, 5, 4, 3, 3, 2)
FIRST = (
    "amber", "arlo", "basil", "cleo", "dune", "echo", "fern", "gale", "hugo", "iris", "juno", "kit", "lark",
    "milo", "nova", "otto", "pia", "quill", "remy", "sage", "tess", "ursa", "vik", "wren", "yara", "zeno",
)  # fmt: skip
LAST = (
    "brook", "cove", "drift", "ember", "frost", "glade", "haze", "isle", "knoll", "leaf", "marsh", "north", "onyx",
    "pine", "ridge", "stone", "tide", "vale", "wood",
)  # fmt: skip
HOSTILE = (
    "**not bold**", "@everyone", "||spoiler||", "`code`", "\u202eesrever", "<@1> <#2> @here", "=HYPERLINK(1)",
    "[click](https://example.invalid)", "🦊" * 16, "z\u0300\u0301\u0302\u0303algo", "李 小 明", "\u200b\u200b",
)  # fmt: skip
WORDS = (
    "the new clip from last night",
    "anyone up for a round later",
    "see you there",
    "thanks again",
    "nice one",
)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Stands still; a world that was only made has no other time."""

    at: int

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000

    async def sleep(self, seconds: float) -> None:
        raise RuntimeError("this world has no running clock")


def build_world(
    seed: int, now: int, *, members: int = 500, channels: int = 12, days: int = 60, messages: int = 20_000
) -> World:
    """A world of one guild whose history ends at `now` (ms).

    `members` people besides the bots; `channels` text channels (the last is one the bot may not see, the one
    before it is for staff); `messages` of people, bots and Discord over the last `days` days.
    """
    rng = Random(seed)
    ids = _Ids(now)
    bot = User(ids.at(now - GUILD_AGE_DAYS * DAY_MS), "Errand", bot=True)
    world = World(FixedClock(now), application_id=bot.id, bot=bot)
    guild = _guild(rng, ids, now, members, bot, channels)
    world.guilds[guild.id] = guild
    world.add_users(member.user for member in guild.members.values())
    _talk(rng, ids, guild, now, days, messages)
    _evenings(rng, guild, now, days)
    return world


class _Ids:
    """Snowflakes of past instants, each once."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._used: set[int] = set()

    def at(self, instant: int) -> int:
        id_ = (min(instant, self._now) - EPOCH_MS) << 22
        while id_ in self._used:
            id_ += 1
        self._used.add(id_)
        return id_


def _guild(rng: Random, ids: _Ids, now: int, people: int, bot: User, channels: int) -> Guild:
    born = now - GUILD_AGE_DAYS * DAY_MS
    guild_id = ids.at(born)
    roles = [
        Role(guild_id, "@everyone", EVERYONE_DEFAULT),
        Role(ids.at(born + 1), "Member+", 0, 1, 0x5865F2),
        Role(ids.at(born + 2), "Veteran", 0, 2, 0xF1C40F),
        Role(ids.at(born + 3), "Errand", EVERYONE_DEFAULT | MANAGE_ROLES, 3, 0, True, {"bot_id": str(bot.id)}),
        Role(ids.at(born + 4), "Moderator", EVERYONE_DEFAULT | MANAGE_ROLES | MANAGE_GUILD, 4, 0x2ECC71),
        Role(ids.at(born + 5), "Admin", ADMINISTRATOR, 5, 0xE74C3C),
    ]
    guild = Guild(guild_id, "Harbour Lights", 0, roles={role.id: role for role in roles})
    _, plus, veteran, of_bot, moderator, admin = (role.id for role in roles)
    guild.members[bot.id] = Member(bot, born + 30 * DAY_MS, [of_bot])
    for number in range(people):
        user = User(ids.at(born - rng.randrange(900) * DAY_MS - number), *_names(rng, number))
        # Two in a hundred joined lately and have said nothing yet; the rest over the guild's whole life.
        newcomer = number > 20 and rng.random() < 0.12
        age = rng.uniform(0.2, 45) if newcomer else rng.uniform(20, GUILD_AGE_DAYS)
        age = GUILD_AGE_DAYS if number < 12 else age
        member = Member(user, now - int(age * DAY_MS))
        member.roles += [admin] if number == 1 else [moderator] if number in (2, 3) else []
        member.roles += [veteran] if age > 500 else [plus] if age > 120 else []
        guild.members[user.id] = member
    guild.owner_id = next(m.user.id for m in guild.members.values() if m.user.id != bot.id)
    for number in range(BOTS):
        other = User(ids.at(born - number), f"helper-bot-{number + 1}", bot=True)
        guild.members[other.id] = Member(other, born + number * DAY_MS)
    for place in range(channels):
        channel = _channel(ids, guild, place, channels, born, (of_bot, moderator))
        guild.channels[channel.id] = channel
    for place, name in enumerate(("Lounge", "Gaming")):
        voice = Channel(ids.at(born + 1000 + place), guild.id, name, VOICE, channels + place)
        guild.channels[voice.id] = voice
    return guild


def _names(rng: Random, number: int) -> tuple[str, str | None]:
    username = f"{rng.choice(FIRST)}.{rng.choice(LAST)}{number}"
    if 30 <= number < 30 + len(HOSTILE):
        return username, HOSTILE[number - 30]
    first, last = username.rstrip("0123456789").split(".")
    return username, f"{first.title()} {last.title()}" if rng.random() < 0.7 else None


def _channel(ids: _Ids, guild: Guild, place: int, count: int, born: int, trusted: tuple[int, int]) -> Channel:
    hidden, staff = place == count - 1 and count > 2, place == count - 2 and count > 3
    name = CHANNEL_NAMES[-1] if hidden else CHANNEL_NAMES[-2] if staff else _channel_name(place)
    channel = Channel(ids.at(born + 100 + place), guild.id, name, TEXT, place)
    if hidden or staff:
        channel.overwrites.append(Overwrite(guild.id, 0, deny=VIEW_CHANNEL))
    if staff:
        see = VIEW_CHANNEL | READ_MESSAGE_HISTORY | SEND_MESSAGES | ATTACH_FILES
        channel.overwrites += [Overwrite(role, 0, allow=see) for role in trusted]
    if hidden:
        channel.overwrites.append(Overwrite(trusted[1], 0, allow=VIEW_CHANNEL | CONNECT))
    return channel


def _channel_name(place: int) -> str:
    named = CHANNEL_NAMES[:-2]
    return named[place] if place < len(named) else f"room-{place + 1}"


def _talk(rng: Random, ids: _Ids, guild: Guild, now: int, days: int, messages: int) -> None:
    channels = [c for c in guild.channels.values() if c.type == TEXT]
    shares = [CHANNEL_SHARES[place % len(CHANNEL_SHARES)] for place in range(len(channels))]
    speakers = _Speakers(rng, guild)
    for at in _instants(rng, now, days, messages):
        channel = rng.choices(channels, shares)[0]
        author = speakers.pick(at)
        bot = author.user.bot
        kind = REPLY if rng.random() < 0.2 else DEFAULT
        if bot:
            kind = CHAT_INPUT if rng.random() < 0.5 else DEFAULT
        elif rng.random() < 0.015:
            kind = JOINED_NOTICE
        text = rng.choice(WORDS)
        message = Message(ids.at(at), channel.id, author.user.id, text, kind, author_bot=bot)
        channel.add(message)
        guild.truth.append(message)


class _Speakers:
    """Who speaks: few say much, a third never says anything, nobody before they joined."""

    def __init__(self, rng: Random, guild: Guild) -> None:
        self._rng = rng
        members = [m for m in guild.members.values() if m.user.username != "Errand"]
        self._members = sorted(members, key=lambda m: (m.joined_at, m.user.id))
        self._joined = [m.joined_at for m in self._members]
        self._weights = list(accumulate(self._weight(m) for m in self._members))

    def _weight(self, member: Member) -> float:
        if member.user.bot:
            return 12.0
        loud = self._rng.random()
        if loud < 0.35 and not member.roles:
            return 0.0
        return min(self._rng.paretovariate(1.1), 40.0) if loud < 0.9 else 0.05

    def pick(self, at: int) -> Member:
        there = bisect(self._joined, at)
        top = self._weights[there - 1]
        return self._members[bisect(self._weights, self._rng.random() * top, 0, there - 1)]


def _instants(rng: Random, now: int, days: int, count: int) -> list[int]:
    """`count` instants of the last `days` days, in order: evenings, weekends, and a slow growth."""
    begin = now - days * DAY_MS
    first_hour = begin // HOUR_MS
    hours = range(first_hour, now // HOUR_MS)
    weights = []
    for hour in hours:
        weekday = (hour // 24 + 3) % 7  # the epoch was a Thursday
        growth = 0.8 + 0.4 * (hour - first_hour) / len(hours)
        weights.append(BY_HOUR[hour % 24] * BY_WEEKDAY[weekday] * growth)
    picked = rng.choices(hours, weights, k=count)
    instants = (hour * HOUR_MS + rng.randrange(HOUR_MS) for hour in picked)
    return sorted(max(at, begin) for at in instants)


def _evenings(rng: Random, guild: Guild, now: int, days: int) -> None:
    """Stays in voice, in order, none of a member overlapping another; a few go on at `now`."""
    rooms = [c.id for c in guild.channels.values() if c.type == VOICE]
    people = [m for m in guild.members.values() if not m.user.bot and m.roles]
    talkers = rng.sample(people, min(len(people), 90))
    begin = now - days * DAY_MS
    for member in talkers:
        keen = rng.uniform(0.03, 0.5)
        free_from = max(begin, member.joined_at)
        for day in range(days):
            if rng.random() > keen:
                continue
            since = begin + day * DAY_MS + rng.randrange(HOUR_MS * 24)
            until = since + rng.randrange(5, 180) * MINUTE_MS
            if since < free_from or until >= now:
                continue
            guild.voice_sessions.append(VoiceSession(member.user.id, rng.choice(rooms), since, until))
            free_from = until + MINUTE_MS
    guild.voice_sessions.sort(key=lambda s: (s.since, s.member_id))
