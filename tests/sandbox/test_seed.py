from __future__ import annotations

from bot.sandbox import build_world
from bot.sandbox.world import Guild

NOW = 1_790_000_000_000
DAY_MS = 86_400_000


def guild(seed: int, **more: int) -> Guild:
    return next(iter(build_world(seed, NOW, **more).guilds.values()))


def test_the_same_seed_makes_the_same_world_and_another_one_another() -> None:
    one, two, other = (
        [(m.id, m.author_id, m.channel_id) for m in guild(seed, messages=500).truth] for seed in (1, 1, 2)
    )
    assert one == two
    assert one != other


def test_the_world_has_the_promised_size() -> None:
    made = guild(7)
    assert len(made.truth) == 20_000
    assert sum(not m.user.bot for m in made.members.values()) == 500
    assert len([c for c in made.channels.values() if c.type == 0]) == 12
    assert made.voice_sessions
    days = {m.at // DAY_MS for m in made.truth}
    assert len(days) in (60, 61)


def test_nobody_speaks_before_they_joined_and_no_id_comes_twice() -> None:
    made = guild(7, messages=5000)
    assert all(made.members[m.author_id].joined_at <= m.at < NOW for m in made.truth)
    assert len({m.id for m in made.truth}) == 5000
    for channel in made.channels.values():
        ids = [m.id for m in channel.messages]
        assert ids == sorted(ids)


def test_stays_in_voice_of_one_member_do_not_overlap() -> None:
    until: dict[int, int] = {}
    for stay in guild(7).voice_sessions:
        assert until.get(stay.member_id, 0) <= stay.since < stay.until < NOW
        until[stay.member_id] = stay.until


def test_there_are_bots_notices_and_names_that_mean_harm() -> None:
    made = guild(7)
    assert any(m.author_bot for m in made.truth)
    assert any(m.type == 7 for m in made.truth)
    names = {m.user.global_name for m in made.members.values()}
    assert {"@everyone", "**not bold**", "=HYPERLINK(1)"} <= names
