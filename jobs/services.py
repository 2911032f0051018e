"""What handlers may use, as protocols and plain values: Discord, activity, artifacts.

The bot gives the real ones, tests give others. Knows no Discord library, no store and no job type.
Every id of Discord is a `Snowflake`: an int in code, a string in JSON, so that no reader loses digits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, fields
from datetime import date, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from jobs.engine.model import JsonObject
from jobs.engine.records import Records
from jobs.job_store import JobStore
from jobs.past import PastReader
from jobs.report import Words
from jobs.roles import RoleService

DISCORD_EPOCH_MS = 1_420_070_400_000
"""First second of 2015, the zero of every snowflake (Discord API reference, "Snowflakes")."""


def _parse_snowflake(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a Discord id is a whole number")
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise ValueError("a Discord id has only digits")
    number = int(value)
    if not 0 < number < 2**63:
        raise ValueError("a Discord id lies between 1 and 2^63")
    return number


Snowflake = Annotated[int, BeforeValidator(_parse_snowflake), PlainSerializer(str, return_type=str)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name[:40]!r} is no time zone; give one like Europe/Berlin") from None
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
"""The name of a time zone, like `Europe/Berlin`."""


class Asks(StrEnum):
    """What a field of a payload names, so that a form can offer it; for `Annotated`."""

    MEMBER = "member"
    ROLE = "role"
    CHANNEL = "channel"
    FILE = "file"
    """The text of an uploaded file."""


MemberId = Annotated[Snowflake, Asks.MEMBER]
RoleId = Annotated[Snowflake, Asks.ROLE]
ChannelId = Annotated[Snowflake, Asks.CHANNEL]
UploadedText = Annotated[str, Asks.FILE]


def snowflake_at(at: int) -> int:
    """The smallest snowflake of instant `at` (ms)."""
    return max(0, at - DISCORD_EPOCH_MS) << 22


def snowflake_time(snowflake: int) -> int:
    """The instant (ms) in which `snowflake` was made."""
    return (snowflake >> 22) + DISCORD_EPOCH_MS


@dataclass(frozen=True, slots=True)
class GuildInfo:
    id: int
    name: str
    owner_id: int
    joined_at: int
    """When the bot joined (ms)."""
    everyone_role_id: int


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A text-like channel or thread of a guild."""

    id: int
    name: str
    kind: str
    """`text announcement voice stage thread forum`."""
    readable: bool
    """The bot may see it and read its history."""
    everyone: bool
    """Every member may see it, so that what happens there may be told to all of them."""
    parent_id: int | None = None
    last_message_id: int | None = None
    """No message is newer, as of when it was asked for; None when that is not known."""
    all_threads: bool = False
    """The bot may see its private threads, those that it was not let into among them."""


@dataclass(frozen=True, slots=True)
class MemberInfo:
    id: int
    name: str
    """The name shown in the guild; written by the member, so escape it."""
    bot: bool
    joined_at: int | None
    role_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageInfo:
    id: int
    author_id: int
    by_person: bool
    """Written by a person: no bot, no webhook, no notice of Discord itself."""
    at: int
    reply: bool = False
    """It answers another message."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found."""

    total: int
    messages: Mapping[int, Sequence[MessageInfo]] | None
    """By channel, all there are, oldest first; None when there are more than were wanted."""


class ServiceUnavailable(Exception):
    """Discord did not answer in spite of all retries; worth another attempt later."""


class Refused(Exception):
    """Discord's answer was no; `code` is its own number for why, 0 where it gave none."""

    def __init__(self, text: str = "", code: int = 0) -> None:
        super().__init__(text)
        self.code = code


class AccessDenied(Refused):
    """Discord refused to show or do something; asking again does not help."""


class NotFound(Refused):
    """What was asked for is not there (any more)."""


class DiscordService(Protocol):
    """What handlers ask of Discord. Waits out 429s and short outages by itself.

    All calls raise `ServiceUnavailable`, `AccessDenied` and `NotFound`, and nothing else of Discord's.
    """

    @property
    def may_search(self) -> bool:
        """Whether `search` can tell anything at all."""

    async def guild(self, guild_id: int) -> GuildInfo: ...

    async def channels(self, guild_id: int) -> Sequence[ChannelInfo]:
        """Channels and active threads that can hold messages."""

    def archived_threads(self, channel: ChannelInfo, *, since: int = 0) -> AsyncIterator[Sequence[ChannelInfo]]:
        """Threads of a channel that were archived at instant `since` (ms) or later, in pages; private ones where the
        bot may see them. None for a channel that has no threads, or whose history cannot be read."""

    def members(self, guild_id: int) -> AsyncIterator[Sequence[MemberInfo]]:
        """All members, in pages of at most 1,000."""

    async def messages(
        self, channel_id: int, *, after: int = 0, before: int | None = None, limit: int = 100
    ) -> Sequence[MessageInfo]:
        """At most `limit` (≤ 100) messages behind snowflake `after` and in front of `before`, oldest first.

        An empty page is the end. Raises `AccessDenied` where the history cannot be read.
        """

    async def search(
        self, guild_id: int, channel_ids: Collection[int], *, after: int, before: int, most: int
    ) -> Found | None:
        """Messages of these channels (≤ 500) behind snowflake `after` and in front of `before`, up to `most`.

        None where it cannot be told exactly: the bot may not search, or not all is indexed. Then the history can.
        """

    async def member_permissions(self, guild_id: int, user_id: int) -> int | None:
        """Guild-level permission bits of a member as they are now, or None when they are not there."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time, `since` included, `until` not; both in ms."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class CrawlPage:
    """One page of a channel's history, counted and kept."""

    messages: int
    """Messages on the page."""
    counted: int
    """Those of people who did not opt out."""
    read_ms: int
    """How much of the channel's history the page covers."""


@dataclass(frozen=True, slots=True)
class KnownHistory:
    """What is known from the history of some channels."""

    messages: int
    """Of people who did not opt out."""
    oldest: int | None
    """The quarter of an hour (its start, ms) of the oldest one; None without any."""


@dataclass(slots=True)
class Amounts:
    """What was counted of one member, channel, day or hour."""

    messages: int = 0
    voice_ms: int = 0
    reactions: int = 0
    """Given to messages of others or one's own."""


SIGNALS = tuple(field.name for field in fields(Amounts))
"""What is counted, in order."""


@dataclass(frozen=True, slots=True)
class ActivityTotals:
    """Activity of a range, added up; days and hours in the time zone asked for."""

    members: Mapping[int, Amounts]
    channels: Mapping[int, Amounts]
    days: Mapping[date, Amounts]
    active_members: Mapping[date, int]
    """Members with any activity, by day."""
    hours: Sequence[Sequence[Amounts]]
    """Seven weekdays from Monday, each with 24 hours."""
    last_active: Mapping[int, int]
    """Newest quarter of an hour (its start, ms) with activity, by member."""
    online: Sequence[Interval]
    """When the recorder was there."""
    heard: Mapping[str, Sequence[Interval]]
    """When it was there and told of a signal, by its name; outside of it voice and reactions are unknown."""


class ActivityReader(PastReader, Protocol):
    """Adds activity up: minutes of work that keep a core busy, so its calls are plain ones for `ctx.in_process`, and
    it can be pickled."""

    def totals(
        self,
        guild_id: int,
        channel_ids: Collection[int] | None,
        within: Interval,
        time_zone: tzinfo,
        *,
        members: Collection[int] | None = None,
        signals: Collection[str] = SIGNALS,
    ) -> ActivityTotals:
        """Add up what is known of these channels (None: of all that ever were, those gone since among them), and of
        these members alone, if named. What one wrote in a channel in a quarter has one source, so what was recorded
        and read is counted once. Of `SIGNALS` that are not asked for nothing is told, and they make nobody active.
        """

    def last_seen(self, guild_id: int, members: Collection[int]) -> Mapping[int, int]:
        """See `ActivityService`."""

    def opted_out(self, guild_id: int) -> Collection[int]:
        """Members of whom nothing may be shown, as of now."""


class ActivityService(Protocol):
    """What members did, as counts per quarter of an hour; never content."""

    async def opted_out(self, guild_id: int) -> Collection[int]:
        """Members of whom nothing may be kept or shown."""

    async def known_since(self, guild_id: int) -> Mapping[int, int]:
        """Members who had opted out and are back, or had what was kept of them erased, and from when on (ms) they may
        be known again."""

    async def kept_since(self, guild_id: int) -> int:
        """Nothing of members is kept, or read from history, from before this instant (ms)."""

    async def missing(self, guild_id: int, wanted: Mapping[int, Interval]) -> Mapping[int, Sequence[Interval]]:
        """What of each channel's range was neither recorded nor read from history yet, in order."""

    def crawl(
        self, guild_id: int, channel_id: int, within: Interval, *, newest: int | None = None
    ) -> AsyncIterator[CrawlPage]:
        """Read what is missing page by page. A page that was yielded is kept, its counts and the place together,
        so whoever stops in the middle goes on there. Behind message `newest` there is known to be nothing in
        `within`, so nothing is asked for there.

        Raises `ServiceUnavailable`, `AccessDenied` and `NotFound`.
        """

    @property
    def reader(self) -> ActivityReader:
        """What adds up, for a process of its own."""

    async def search(self, guild_id: int, channel_ids: Collection[int], within: Interval) -> int:
        """Fill gaps that many of these channels have in common by search, where that takes fewer requests than
        reading each; how many messages were counted. What it cannot tell exactly is left for `crawl`.

        Raises `ServiceUnavailable`.
        """

    async def history_of(self, guild_id: int, channel_ids: Collection[int], within: Interval) -> KnownHistory:
        """What was read so far of these channels' history in `within`, by whole quarters of an hour."""

    async def last_seen(self, guild_id: int, members: Collection[int]) -> Mapping[int, int]:
        """Newest quarter of an hour (its start, ms) in which anything was counted of each of `members`, at any time
        and in any channel; who was never seen is not in it."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a job made."""

    job_id: str
    name: str
    size: int
    media_type: str


class ArtifactStore(Protocol):
    """Files by job; pruned with it."""

    async def write(self, job_id: str, name: str, media_type: str, produce: Callable[[Path], None]) -> Artifact:
        """Let `produce(path)` write the file, off the event loop, then put it in place in one step.

        A second write of the same name replaces the first.
        """

    def working(self, job_id: str) -> AbstractAsyncContextManager[Path]:
        """A folder for what is not finished yet, on the same disk; gone afterwards with everything in it."""

    def path(self, job_id: str, name: str) -> Path:
        """Where the file lies. Raises `NotFound`."""

    async def list(self, job_id: str) -> Sequence[Artifact]: ...

    async def delete(self, job_id: str) -> None: ...


class Rights(Protocol):
    """Whether people may still have done for them what they asked for."""

    async def may_start(self, guild_id: int, user_id: int, type_name: str) -> bool:
        """Whether this member may start jobs of this type there now; False for who has left.

        Raises `ServiceUnavailable`, `AccessDenied` and `NotFound`.
        """


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a handler gets as `ctx.services`."""

    discord: DiscordService
    artifacts: ArtifactStore
    activity: ActivityService
    words: Callable[[JsonObject, Path], Words]
    """`words(ctx.context, folder)`: for files, the words of whoever asked, with the type's catalogues in `folder`."""
    rights: Rights
    roles: RoleService
    jobs: JobStore
    records: Records
