"""Who showed no activity lately, from what is known already.

Reads, starts nothing. Invariant: "no data" is never "inactive": without the history of every channel that can be read
there is no list; who joined within the range, and who was not to be counted in a part of it, is not in it; and voice
and reactions that nobody saw are said.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from bot.guild_settings import GuildSettings
from jobs.activity.service import Activity
from jobs.handlers.member_activity_analysis.findings import ENOUGH
from jobs.handlers.member_activity_analysis.table import ID_MARK, as_text
from jobs.services import DiscordService, MemberInfo

DAY_MS = 86_400_000
HEADER = ("member_id", "name", "joined_at_ms")


@dataclass(frozen=True, slots=True)
class Inactive:
    """Of one guild in one range."""

    members: Sequence[MemberInfo]
    """People of whom nothing was counted, who joined before it began; the longest there first."""
    people: int
    """All people there, without those who opted out."""
    unsure: int
    """People of whom nothing was counted in a part of the range because they did not want it, and nothing since."""
    unread: int
    """Channels whose history was not read for the whole range: with any, the list cannot be known."""
    readable: int
    """Channels whose history the bot can read."""
    hidden: int
    """Channels that it cannot read at all."""
    live_share: float
    """Of the range in which the bot saw the voice channels and reactions, 0 to 1."""
    never: int
    """Of the members, those of whom nothing was ever counted."""

    @property
    def known(self) -> bool:
        """Whether so much could be seen that whoever was not seen was hardly there."""
        return self.readable > 0 or self.live_share >= ENOUGH


class Absences:
    """Asks Discord for the members, and the counts for what they did."""

    def __init__(self, discord: DiscordService, activity: Activity) -> None:
        self._discord = discord
        self._activity = activity

    async def of(self, guild_id: int, days: int, settings: GuildSettings, now: int) -> Inactive:
        """The last `days` whole days and today. Raises `ServiceUnavailable`, `AccessDenied` and `NotFound`."""
        within = settings.last_days(days, now)
        channels = [c for c in await self._discord.channels(guild_id) if c.kind != "forum"]
        readable = [channel.id for channel in channels if channel.readable]
        missing = await self._activity.missing(guild_id, dict.fromkeys(readable, within))
        # What was written since the last flush is on its way.
        unread = sum(any(gap.until - gap.since > DAY_MS // 24 for gap in gaps) for gaps in missing.values())
        opted_out = await self._activity.opted_out(guild_id)
        unsure = {id_ for id_, at in (await self._activity.known_since(guild_id)).items() if at > within.since}
        people, silent, ever = 0, list[MemberInfo](), set[int]()
        async for page in self._discord.members(guild_id):
            here = [member for member in page if not member.bot and member.id not in opted_out]
            people += len(here)
            seen = await self._activity.last_seen(guild_id, [member.id for member in here])
            silent += [m for m in here if max(seen.get(m.id, 0), m.joined_at or now) < within.since]
            ever |= seen.keys()
        online = await self._activity.online(guild_id, within)
        seen_ms = sum(interval.until - interval.since for interval in online)
        known = [member for member in silent if member.id not in unsure]
        return Inactive(
            members=sorted(known, key=lambda member: (member.joined_at or 0, member.id)),
            people=people,
            unsure=len(silent) - len(known),
            unread=unread,
            readable=len(readable),
            hidden=len(channels) - len(readable),
            live_share=seen_ms / max(1, within.until - within.since),
            never=sum(1 for member in known if member.id not in ever),
        )


def table_of(members: Sequence[MemberInfo]) -> bytes:
    """The list as CSV; ids keep their digits and no name is read as a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows((f"{ID_MARK}{m.id}", as_text(m.name), m.joined_at or "") for m in members)
    return text.getvalue().encode("utf-8-sig")
