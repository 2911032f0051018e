"""Every statement of this room, by name, so that who erases or thins out sees all that reads.

Knows only the tables of `migrations/`. Invariant: each statement names the guild, and what adds a member's counts
leaves out who opted out, and what is from before the instant since which they may be known.
"""

from __future__ import annotations

from collections.abc import Mapping


def _may_keep(member: str, quarter: str) -> str:
    """The condition under which a count of guild ?1 is kept."""
    return (
        f"NOT EXISTS (SELECT 1 FROM activity_opt_out WHERE guild IN (0, ?1) AND member = {member}) "  # noqa: S608 - marks
        f"AND NOT EXISTS (SELECT 1 FROM activity_known_since WHERE guild IN (0, ?1) AND member = {member} "
        f"AND at > {quarter} * 900000)"
    )


ADD_RECORDED = f"""
INSERT INTO activity (guild, channel, member, quarter, messages, voice_ms, replies, threads, reactions)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE {_may_keep("?3", "?4")}
ON CONFLICT DO UPDATE SET
  messages = messages + excluded.messages, voice_ms = voice_ms + excluded.voice_ms,
  replies = replies + excluded.replies, threads = threads + excluded.threads,
  reactions = reactions + excluded.reactions
"""
ADD_MEMBERSHIP = f"""
INSERT INTO activity_membership (guild, member, quarter, joins, leaves)
SELECT ?1, ?2, ?3, ?4, ?5 WHERE {_may_keep("?2", "?3")}
ON CONFLICT DO UPDATE SET joins = joins + excluded.joins, leaves = leaves + excluded.leaves
"""
EXTEND_ONLINE = """
INSERT INTO activity_online (guild, since, until, sources) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET until = max(until, excluded.until)
"""
HIDE = """
UPDATE activity_visible SET until = max(since, ?)
WHERE guild = ? AND until IS NULL AND channel NOT IN (SELECT value FROM json_each(?))
"""
SHOW = """
INSERT INTO activity_visible (guild, channel, since)
SELECT ?1, value, ?2 FROM json_each(?3)
WHERE NOT EXISTS (SELECT 1 FROM activity_visible WHERE guild = ?1 AND channel = value AND until IS NULL)
ON CONFLICT DO UPDATE SET until = NULL
"""

FORGET_AHEAD = (
    "DELETE FROM activity_online WHERE guild = ?1 AND since >= ?2",
    "UPDATE activity_online SET until = ?2 WHERE guild = ?1 AND until > ?2",
    "DELETE FROM activity_visible WHERE guild = ?1 AND since >= ?2 AND until IS NOT NULL",
    "UPDATE activity_visible SET until = ?2 WHERE guild = ?1 AND until > ?2",
)

ONLINE = """
SELECT since, until FROM activity_online
WHERE guild = ?1 AND until > ?2 AND since < ?3 AND sources & ?4 = ?4
"""
VISIBLE = """
SELECT since, coalesce(until, ?) AS until FROM activity_visible WHERE guild = ? AND channel = ? AND since < ?
"""

VIEWS = """
SELECT channel, since, coalesce(until, ?) AS until FROM activity_visible
WHERE guild = ? AND since < ? ORDER BY channel, since
"""

ADD_CRAWLED = f"""
INSERT INTO activity_crawled (guild, channel, member, quarter, messages, replies)
SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE {_may_keep("?3", "?4")}
ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, replies = replies + excluded.replies
"""
HISTORY_OF = """
SELECT coalesce(sum(messages), 0) AS messages, min(quarter) AS oldest FROM activity_crawled
WHERE guild = :guild AND quarter BETWEEN :first AND :last AND channel IN (SELECT value FROM json_each(:channels))
  AND member NOT IN (SELECT member FROM activity_opt_out WHERE guild IN (0, :guild))
"""
SPANS = "SELECT since, until FROM activity_span WHERE guild = ? AND channel = ?"
SPANS_WITHIN = "SELECT channel, since, until FROM activity_span WHERE guild = ? AND since < ? AND until > ?"
OVERLAPPING_SPAN = "SELECT 1 FROM activity_span WHERE guild = ? AND channel = ? AND since < ? AND until > ?"
EXTEND_SPAN = "UPDATE activity_span SET until = ? WHERE guild = ? AND channel = ? AND until = ?"
BEGIN_SPAN = "INSERT INTO activity_span (guild, channel, since, until) VALUES (?, ?, ?, ?)"

RECORDED_DAY = """
SELECT channel, quarter, member, messages, voice_ms, reactions FROM activity WHERE guild = ? AND quarter BETWEEN ? AND ?
"""
CRAWLED_DAY = """
SELECT channel, quarter, member, messages, 0, 0 FROM activity_crawled WHERE guild = ? AND quarter BETWEEN ? AND ?
"""
"""The columns of both are those of `jobs.activity.totals.Rows`."""
OF_MEMBER = """
SELECT coalesce(sum(messages), 0) AS messages, coalesce(sum(voice_ms), 0) AS voice_ms,
       coalesce(sum(reactions), 0) AS reactions FROM (
  SELECT max(messages) AS messages, max(voice_ms) AS voice_ms, max(reactions) AS reactions FROM (
    SELECT channel, quarter, messages, voice_ms, reactions FROM activity INDEXED BY activity_member
      WHERE guild = :guild AND member = :member AND quarter BETWEEN :first AND :last
    UNION ALL
    SELECT channel, quarter, messages, 0, 0 FROM activity_crawled INDEXED BY activity_crawled_member
      WHERE guild = :guild AND member = :member AND quarter BETWEEN :first AND :last)
  GROUP BY channel, quarter)
"""
LAST_SEEN = """
SELECT value AS member, max(
  coalesce((SELECT max(quarter) FROM activity INDEXED BY activity_member
    WHERE guild = :guild AND member = value), -1),
  coalesce((SELECT max(quarter) FROM activity_crawled INDEXED BY activity_crawled_member
    WHERE guild = :guild AND member = value), -1)) AS quarter
FROM json_each(:members)
"""

COMINGS = """
SELECT member, max(iif(joins > 0, quarter, NULL)) AS joined, max(iif(leaves > 0, quarter, NULL)) AS left_at
FROM activity_membership
WHERE guild = :guild AND quarter BETWEEN :first AND :last
  AND member NOT IN (SELECT member FROM activity_opt_out WHERE guild IN (0, :guild))
GROUP BY member
"""
MONTHS = """
SELECT month, sum(messages), sum(voice_ms), sum(reactions), sum(joins), sum(leaves) FROM activity_month
WHERE guild = :guild AND (:channels IS NULL OR channel IN (SELECT value FROM json_each(:channels)))
GROUP BY month ORDER BY month
"""

OPTED_OUT = "SELECT member FROM activity_opt_out WHERE guild IN (0, ?)"
OPT_OUT = "INSERT OR IGNORE INTO activity_opt_out VALUES (?, ?)"
OPT_IN = "DELETE FROM activity_opt_out WHERE guild = ? AND member = ?"
KNOWN_SINCE = "SELECT member, max(at) AS at FROM activity_known_since WHERE guild IN (0, ?) GROUP BY member"
FORGET_BEFORE = """
INSERT INTO activity_known_since VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)
"""
OUT_WHERE = "SELECT guild FROM activity_opt_out WHERE guild IN (0, ?) AND member = ?"
MEMBER_KNOWN_SINCE = "SELECT max(at) AS at FROM activity_known_since WHERE guild IN (0, ?) AND member = ?"

MEMBER_TABLES: Mapping[str, str] = {
    "activity": "quarter, channel",
    "activity_crawled": "quarter, channel",
    "activity_membership": "quarter",
}
"""Where rows of members are, with their key besides guild and member; each has an index `…_member` on those two. The
wishes of members are not among them: they stay."""
ERASED_AT_ONCE = 500
ERASE_MEMBER: Mapping[str, str] = {
    table: f"DELETE FROM {table} WHERE guild = :guild AND member = :member AND ({key}) IN "  # noqa: S608 - fixed names only
    f"(SELECT {key} FROM {table} WHERE guild = :guild AND member = :member LIMIT {ERASED_AT_ONCE})"
    for table, key in MEMBER_TABLES.items()
}
ROWS_OF_MEMBER: Mapping[str, str] = {
    table: f"SELECT * FROM {table} INDEXED BY {table}_member "  # noqa: S608 - fixed names only
    f"WHERE guild = :guild AND member = :member ORDER BY {key}"
    for table, key in MEMBER_TABLES.items()
}
GUILDS: Mapping[str, str] = {
    table: f"""
WITH RECURSIVE found(guild) AS (
  SELECT min(guild) FROM {table}
  UNION ALL SELECT (SELECT min(guild) FROM {table} WHERE guild > found.guild) FROM found WHERE guild IS NOT NULL)
SELECT guild FROM found WHERE guild IS NOT NULL
"""  # noqa: S608 - fixed names only
    for table in MEMBER_TABLES
}
"""One step of the index a guild, however many rows it has."""

OLDEST_QUARTERS = f"""
SELECT quarter FROM (
  {
    " UNION ALL ".join(
        f"SELECT quarter FROM (SELECT quarter FROM {table} WHERE guild = :guild AND quarter < :before "
        "ORDER BY quarter LIMIT :most)"
        for table in MEMBER_TABLES
    )
})
ORDER BY quarter LIMIT :most
"""  # noqa: S608 - fixed names only
_SWEPT = """guild = :guild AND quarter <= :last
      AND member NOT IN (SELECT member FROM activity_opt_out WHERE guild IN (0, :guild))"""
SUM_UP = f"""
INSERT INTO activity_month (guild, month, channel, messages, voice_ms, replies, threads, reactions, joins, leaves)
SELECT :guild, CAST(strftime('%Y%m', quarter * 900, 'unixepoch') AS INTEGER), channel,
       sum(max(messages, read_messages)), sum(voice_ms),
       sum(iif(read_messages > messages, read_replies, replies)), sum(threads), sum(reactions),
       sum(joins), sum(leaves)
FROM (
  SELECT quarter, channel, sum(messages) AS messages, sum(read_messages) AS read_messages, sum(voice_ms) AS voice_ms,
         sum(replies) AS replies, sum(read_replies) AS read_replies, sum(threads) AS threads,
         sum(reactions) AS reactions, sum(joins) AS joins, sum(leaves) AS leaves
  FROM (
    SELECT quarter, channel, member, messages, 0 AS read_messages, voice_ms, replies, 0 AS read_replies, threads,
           reactions, 0 AS joins, 0 AS leaves FROM activity WHERE {_SWEPT}
    UNION ALL
    SELECT quarter, channel, member, 0, messages, 0, 0, replies, 0, 0, 0, 0 FROM activity_crawled WHERE {_SWEPT}
    UNION ALL
    SELECT quarter, 0, member, 0, 0, 0, 0, 0, 0, 0, joins, leaves FROM activity_membership WHERE {_SWEPT})
  GROUP BY quarter, channel, member)
WHERE true GROUP BY 2, channel
ON CONFLICT DO UPDATE SET
  messages = messages + excluded.messages, voice_ms = voice_ms + excluded.voice_ms,
  replies = replies + excluded.replies, threads = threads + excluded.threads,
  reactions = reactions + excluded.reactions, joins = joins + excluded.joins, leaves = leaves + excluded.leaves
"""  # noqa: S608 - fixed parts only
"""What a member wrote in a channel in a quarter has one source, as in a report: the larger number
(`jobs.activity.totals`)."""
SWEEP = tuple(f"DELETE FROM {table} WHERE guild = :guild AND quarter <= :last" for table in MEMBER_TABLES)  # noqa: S608
NOTE_SWEPT = """
INSERT INTO activity_swept VALUES (:guild, :last + 1) ON CONFLICT DO UPDATE SET before = max(before, excluded.before)
"""
SWEPT = "SELECT before FROM activity_swept WHERE guild = ?"

TABLES: Mapping[str, str] = {
    "activity": "quarter, channel, member",
    "activity_crawled": "quarter, channel, member",
    "activity_membership": "quarter, member",
    "activity_span": "channel, since",
    "activity_online": "since",
    "activity_visible": "channel, since",
    "activity_month": "month, channel",
    "activity_swept": "before",
}
"""What is known of a guild, with the key of its rows. Who opted out there, and who is not known from before which
instant, are wishes, and stay: they hold when the bot comes back and reads the history again."""
ERASE_GUILD: Mapping[str, str] = {
    table: f"DELETE FROM {table} WHERE guild = :guild AND ({key}) IN "  # noqa: S608 - fixed names only
    f"(SELECT {key} FROM {table} WHERE guild = :guild LIMIT {ERASED_AT_ONCE})"
    for table, key in TABLES.items()
}
