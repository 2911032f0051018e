"""Finds what blocks the event loop: a thread that waits for the loop's beat and, without it, says where it stands.

Knows no job. Invariant: it only looks and tells; it never stops anything.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import FrameType

log = logging.getLogger(__name__)

Tell = Callable[[str, float], None]
"""Called in the watchdog's thread with the place (`file:line in function`) and the seconds it has been there."""


def _log(place: str, seconds: float) -> None:
    log.warning("the event loop has been blocked for %.1f s at %s", seconds, place)


class Watchdog:
    """`start` on the loop that is to be watched. Tells once for each time it is blocked over `limit_s` seconds."""

    def __init__(self, *, limit_s: float = 2.0, tell: Tell = _log) -> None:
        self._limit_s = limit_s
        self._tell = tell
        self._beat = threading.Event()
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, name="errand-watchdog", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        self._stopping.set()
        self._beat.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self._beat.clear()
            self._ask()
            if not self._beat.wait(self._limit_s):
                place = self._place()
                # Where it stands is what holds it only if it has not turned meanwhile.
                if not self._beat.is_set():
                    self._tell(place, self._limit_s)
                # The same block is told once; the next beat begins a new count.
                self._beat.wait()
            self._stopping.wait(self._limit_s / 4)

    def _ask(self) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._beat.set)
        except RuntimeError:
            # The loop is closed; nothing is left to be watched.
            self._stopping.set()
            self._beat.set()

    def _place(self) -> str:
        frame: FrameType | None = sys._current_frames().get(self._loop_thread)
        if frame is None:
            return "an unknown place"
        last = traceback.extract_stack(frame)[-1]
        return f"{last.filename}:{last.lineno} in {last.name}"
