"""Every statement of this room, by name, so that who erases or thins out sees all that reads.

Knows only the tables of `migrations/`. Invariant: each statement names the guild, and what adds a member's counts
leaves out who opted out.
"""

from __future__ import annotations

from collections.abc import Mapping

ADD_RECORDED = """
INSERT INTO activity (guild, channel, member, quarter, messages, voice_ms, replies, threads, reactions)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
WHERE NOT EXISTS (SELECT 1 FROM activity_opt_out WHERE guild = ?1 AND member = ?3)
ON CONFLICT DO UPDATE SET
  messages = messages + excluded.messages, voice_ms = voice_ms + excluded.voice_ms,
  replies = replies + excluded.replies, threads = threads + excluded.threads,
  reactions = reactions + excluded.reactions
"""
ADD_MEMBERSHIP = """
INSERT INTO activity_membership (guild, member, quarter, joins, leaves)
SELECT ?1, ?2, ?3, ?4, ?5
WHERE NOT EXISTS (SELECT 1 FROM activity_opt_out WHERE guild = ?1 AND member = ?2)
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

RECORDED_COUNTS = """
SELECT guild, channel, member, quarter, messages, voice_ms, replies, threads, reactions FROM activity
WHERE guild = ? AND quarter BETWEEN ? AND ? ORDER BY quarter, channel, member
"""
MEMBERSHIP = """
SELECT guild, member, quarter, joins, leaves FROM activity_membership
WHERE guild = ? AND quarter BETWEEN ? AND ? ORDER BY quarter, member
"""
ONLINE = """
SELECT since, until FROM activity_online
WHERE guild = ?1 AND until > ?2 AND since < ?3 AND sources & ?4 = ?4 ORDER BY since
"""
VISIBLE = """
SELECT since, coalesce(until, ?) AS until FROM activity_visible WHERE guild = ? AND channel = ? AND since < ?
"""

ADD_CRAWLED = """
INSERT INTO activity_crawled (guild, channel, member, quarter, messages, replies)
SELECT ?1, ?2, ?3, ?4, ?5, ?6
WHERE NOT EXISTS (SELECT 1 FROM activity_opt_out WHERE guild = ?1 AND member = ?3)
ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, replies = replies + excluded.replies
"""
SPANS = "SELECT since, until FROM activity_span WHERE guild = ? AND channel = ? ORDER BY since"
SPANS_WITHIN = "SELECT channel, since, until FROM activity_span WHERE guild = ? AND since < ? AND until > ?"
OVERLAPPING_SPAN = "SELECT 1 FROM activity_span WHERE guild = ? AND channel = ? AND since < ? AND until > ?"
EXTEND_SPAN = "UPDATE activity_span SET until = ? WHERE guild = ? AND channel = ? AND until = ?"
BEGIN_SPAN = "INSERT INTO activity_span (guild, channel, since, until) VALUES (?, ?, ?, ?)"

RECORDED_DAY = """
SELECT channel, quarter, member, messages, voice_ms FROM activity WHERE guild = ? AND quarter BETWEEN ? AND ?
"""
CRAWLED_DAY = """
SELECT channel, quarter, member, messages FROM activity_crawled WHERE guild = ? AND quarter BETWEEN ? AND ?
"""
OF_MEMBER = """
SELECT coalesce(sum(messages), 0) AS messages, coalesce(sum(voice_ms), 0) AS voice_ms FROM (
  SELECT max(messages) AS messages, max(voice_ms) AS voice_ms FROM (
    SELECT channel, quarter, messages, voice_ms FROM activity INDEXED BY activity_member
      WHERE guild = :guild AND member = :member AND quarter BETWEEN :first AND :last
    UNION ALL
    SELECT channel, quarter, messages, 0 FROM activity_crawled INDEXED BY activity_crawled_member
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

OPTED_OUT = "SELECT member FROM activity_opt_out WHERE guild = ?"
OPT_OUT = "INSERT OR IGNORE INTO activity_opt_out VALUES (?, ?)"
OPT_IN = "DELETE FROM activity_opt_out WHERE guild = ? AND member = ?"
OPTED_IN_AT = "INSERT OR REPLACE INTO activity_opted_in VALUES (?, ?, ?)"
KNOWN_SINCE = "SELECT member, at FROM activity_opted_in WHERE guild = ?"

MEMBER_TABLES = ("activity", "activity_crawled", "activity_membership")
"""Where rows of members are."""
ERASE_MEMBER = tuple(f"DELETE FROM {table} WHERE guild = ? AND member = ?" for table in MEMBER_TABLES)  # noqa: S608 - fixed names only

TABLES: Mapping[str, str] = {
    "activity": "quarter, channel, member",
    "activity_crawled": "quarter, channel, member",
    "activity_membership": "quarter, member",
    "activity_span": "channel, since",
    "activity_online": "since",
    "activity_visible": "channel, since",
}
"""What is known of a guild, with the key of its rows; who opted out there is a wish, and stays."""
ERASED_AT_ONCE = 500
ERASE_GUILD: Mapping[str, str] = {
    table: f"DELETE FROM {table} WHERE guild = :guild AND ({key}) IN "  # noqa: S608 - fixed names only
    f"(SELECT {key} FROM {table} WHERE guild = :guild LIMIT {ERASED_AT_ONCE})"
    for table, key in TABLES.items()
}
