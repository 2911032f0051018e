"""The log: one line an entry, as text or JSON, on standard error.

Invariant: no token reaches a handler. Loggers that write tokens at debug level stay at info, and what looks
like a reply token in a path is cut out of every line.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal

_REPLY_TOKEN = re.compile(r"((?:webhooks|interactions)/\d+/)[\w.~%-]+")
_BOT_TOKEN = re.compile(r"[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}")
TALKATIVE = ("discord", "aiohttp", "asyncio", "aiosqlite", "matplotlib")
"""Loggers of libraries that name tokens, paths or every statement at debug level."""


class TextFormatter(logging.Formatter):
    """`12:00:00 warning jobs.queue: …`, with redaction."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `at level logger message [trace]`."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            entry["trace"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def redact(text: str) -> str:
    """`text` without anything that looks like a bot token or a reply token."""
    return _BOT_TOKEN.sub("[token]", _REPLY_TOKEN.sub(r"\1[token]", text))


def set_up_log(level: str, format_: Literal["text", "json"]) -> None:
    """Send all logs to standard error; replaces what was set up before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if format_ == "json" else TextFormatter())
    handler.addFilter(_without_trace_of_an_outage)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    floor = max(logging.INFO, logging.getLevelName(level.upper()))
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(floor)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def _without_trace_of_an_outage(record: logging.LogRecord) -> bool:
    """discord.py logs each lost connection with a whole trace; the sentence is enough."""
    if record.name == "discord.client" and record.msg.startswith("Attempting a reconnect"):
        reason = record.exc_info[1] if record.exc_info else None
        record.msg, record.args = f"{record.getMessage()} ({type(reason).__name__})", ()
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
    return True
