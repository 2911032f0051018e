"""Rate limits as Discord keeps them: a bucket a route and major parameter, and one limit for the whole bot.

Discord publishes no figures, only headers. The preset `real` holds what bot authors report (5 messages and 5
edits in 5 s, 10 pages of members and 10 changes of roles in 10 s, 5 webhook calls in 2 s, 50 requests a second in all)
and assumes 5 pages of messages a second; `fast` is for tests and demonstrations. Invariant: time is the injected
clock's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5
from typing import Literal

from bot.sandbox.world import Clock

Preset = Literal["real", "fast"]
MAJOR = ("channel_id", "guild_id", "webhook_id", "token")
GLOBAL_PER_S = 50


@dataclass(frozen=True, slots=True)
class Rate:
    """`limit` requests in `seconds`."""

    limit: int
    seconds: float


REAL: Mapping[str, Rate] = {
    "GET /channels/{channel_id}/messages": Rate(5, 1.0),
    "POST /channels/{channel_id}/messages": Rate(5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": Rate(5, 5.0),
    "GET /guilds/{guild_id}/members": Rate(10, 10.0),
    "PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}": Rate(10, 10.0),
    "DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}": Rate(10, 10.0),
    "PATCH /guilds/{guild_id}/members/{user_id}": Rate(10, 10.0),
    "POST /webhooks/{webhook_id}/{token}": Rate(5, 2.0),
    "PATCH /webhooks/{webhook_id}/{token}/messages/{message_id}": Rate(5, 2.0),
}
OTHERS = Rate(50, 1.0)
FAST = Rate(10_000, 1.0)


@dataclass(slots=True)
class Bucket:
    """A fixed window that begins with its first request."""

    rate: Rate
    name: str
    used: int = 0
    ends_at: float = 0.0
    windows: int = 0
    """How many there were."""
    idle_s: float = 0.0
    """Between the end of one and the beginning of the next, all added up."""

    def take(self, now: float) -> float | None:
        """Take one request, or the seconds until there is room."""
        if now >= self.ends_at:
            self.idle_s += now - self.ends_at if self.windows else 0.0
            self.windows += 1
            self.used, self.ends_at = 0, now + self.rate.seconds
        if self.used >= self.rate.limit:
            return self.ends_at - now
        self.used += 1
        return None

    def headers(self, now: float, wall: int) -> dict[str, str]:
        after = max(0.0, self.ends_at - now)
        return {
            "X-RateLimit-Limit": str(self.rate.limit),
            "X-RateLimit-Remaining": str(self.rate.limit - self.used),
            "X-RateLimit-Reset": f"{wall / 1000 + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": self.name,
        }


@dataclass(slots=True)
class Buckets:
    """All buckets of one stand-in."""

    clock: Clock
    preset: Preset = "real"
    chosen: dict[str, Rate] = field(default_factory=dict)
    """Rates of single routes (`METHOD /template`) that go before those of the preset."""
    _buckets: dict[tuple[str, ...], Bucket] = field(default_factory=dict)
    _latest: deque[float] = field(default_factory=deque)

    def find(self, route: str, places: Mapping[str, str]) -> Bucket:
        """The bucket of `METHOD /template` for these path parameters."""
        key = (route, *(places[name] for name in MAJOR if name in places))
        if key not in self._buckets:
            preset = FAST if self.preset == "fast" else REAL.get(route, OTHERS)
            rate = self.chosen.get(route, preset)
            self._buckets[key] = Bucket(rate, md5(route.encode(), usedforsecurity=False).hexdigest())
        return self._buckets[key]

    def take_global(self) -> float | None:
        """Count one request of the bot against the limit of all; the seconds to wait when it is reached."""
        if self.preset == "fast":
            return None
        now = self.clock.monotonic()
        while self._latest and self._latest[0] <= now - 1.0:
            self._latest.popleft()
        if len(self._latest) >= GLOBAL_PER_S:
            return self._latest[0] + 1.0 - now
        self._latest.append(now)
        return None
