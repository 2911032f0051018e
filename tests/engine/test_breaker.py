from __future__ import annotations

import asyncio

import pytest

from jobs.engine.breaker import Circuit, CircuitBreaker
from jobs.engine.errors import CircuitOpen, InvalidOption
from jobs.engine.testing.clock import FakeClock


class Service:
    """Fails while it is down; counts who asked."""

    def __init__(self) -> None:
        self.down = True
        self.asked = 0

    async def ask(self, breaker: CircuitBreaker) -> str:
        async with breaker.guard():
            self.asked += 1
            if self.down:
                raise ConnectionError("down")
            return "fine"


async def fail(service: Service, breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ConnectionError):
            await service.ask(breaker)


async def test_it_opens_after_failures_in_a_row_and_lets_nothing_through() -> None:
    service, breaker = Service(), CircuitBreaker("mail", FakeClock(), failures=3, pause_s=30)
    await fail(service, breaker, 3)
    assert breaker.circuit is Circuit.OPEN
    with pytest.raises(CircuitOpen) as caught:
        await service.ask(breaker)
    assert service.asked == 3
    assert caught.value.retry_in_s == 30


async def test_a_success_in_between_begins_a_new_count() -> None:
    service, breaker = Service(), CircuitBreaker("mail", FakeClock(), failures=3)
    await fail(service, breaker, 2)
    service.down = False
    await service.ask(breaker)
    service.down = True
    await fail(service, breaker, 2)
    assert breaker.circuit is Circuit.CLOSED


async def test_a_probe_that_succeeds_closes_it_and_one_that_fails_doubles_the_pause() -> None:
    clock = FakeClock()
    service, breaker = Service(), CircuitBreaker("mail", clock, failures=1, pause_s=10, longest_s=15)
    await fail(service, breaker, 1)
    await clock.advance(10)
    await fail(service, breaker, 1)
    assert breaker.retry_in_s == 15, "twice the pause, but not over the longest"
    await clock.advance(15)
    service.down = False
    assert await service.ask(breaker) == "fine"
    assert breaker.circuit is Circuit.CLOSED
    service.down = True
    await fail(service, breaker, 1)
    assert breaker.retry_in_s == 10, "the pause begins anew"


async def test_only_one_probe_goes_at_a_time() -> None:
    clock = FakeClock()
    service, breaker = Service(), CircuitBreaker("mail", clock, failures=1, pause_s=10)
    await fail(service, breaker, 1)
    await clock.advance(10)
    release = asyncio.Event()

    async def slow() -> None:
        async with breaker.guard():
            await release.wait()

    probe = asyncio.create_task(slow())
    await asyncio.sleep(0)
    assert breaker.circuit is Circuit.HALF_OPEN
    with pytest.raises(CircuitOpen):
        await service.ask(breaker)
    release.set()
    await probe
    assert breaker.retry_in_s == 0, "it is closed again"


async def test_a_probe_that_is_cancelled_leaves_the_way_open_for_another() -> None:
    clock = FakeClock()
    service, breaker = Service(), CircuitBreaker("mail", clock, failures=1, pause_s=10)
    await fail(service, breaker, 1)
    await clock.advance(10)

    async def endless() -> None:
        async with breaker.guard():
            await asyncio.Event().wait()

    probe = asyncio.create_task(endless())
    await asyncio.sleep(0)
    probe.cancel()
    await asyncio.wait({probe})
    service.down = False
    assert await service.ask(breaker) == "fine"


async def test_what_does_not_count_does_not_open_it() -> None:
    breaker = CircuitBreaker("mail", FakeClock(), failures=1, counts=lambda error: not isinstance(error, LookupError))
    for _ in range(3):
        with pytest.raises(LookupError):
            async with breaker.guard():
                raise LookupError("not there")
    assert breaker.circuit is Circuit.CLOSED


@pytest.mark.parametrize("wrong", [{"failures": 0}, {"pause_s": 0}, {"pause_s": 10, "longest_s": 5}])
def test_values_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidOption):
        CircuitBreaker("mail", FakeClock(), **wrong)  # type: ignore[arg-type]
