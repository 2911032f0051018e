"""A database that takes its time: nothing is read and nothing is written until it is let go on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app import App


@asynccontextmanager
async def silent_database(app: App) -> AsyncIterator[None]:
    """While this holds, every read waits for a reader and every write for the writer's thread."""
    database = app.database
    writer_is_free = threading.Event()
    writing = asyncio.create_task(database.write(lambda _: writer_is_free.wait()))
    readers = [await database._readers.get() for _ in range(database._reader_count)]
    try:
        yield
    finally:
        for reader in readers:
            database._readers.put_nowait(reader)
        writer_is_free.set()
        await writing
