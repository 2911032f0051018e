"""A message as Discord sends it, as jobs know it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.services.rules import REPLY, by_person
from jobs.services import MessageInfo, snowflake_time


def message_info(message: Mapping[str, Any]) -> MessageInfo:
    """From the JSON of any route that answers with messages."""
    id_ = int(message["id"])
    author = message["author"]
    return MessageInfo(
        id=id_,
        author_id=int(author["id"]),
        by_person=by_person(bool(author.get("bot")), message.get("webhook_id"), message["type"]),
        at=snowflake_time(id_),
        reply=message["type"] == REPLY,
    )
