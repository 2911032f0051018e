"""The progress messages: kept true from the first card to the last, through restarts and dead tokens."""

from bot.reporter.message import ProgressMessage, ReplyAddress, message_records
from bot.reporter.reporter import Reporter
from bot.reporter.transport import (
    DiscordTransport,
    EditFailed,
    EditLimited,
    EditRefused,
    Face,
    FaceRefused,
    TokenDead,
    Transport,
)

__all__ = [
    "DiscordTransport",
    "EditFailed",
    "EditLimited",
    "EditRefused",
    "Face",
    "FaceRefused",
    "ProgressMessage",
    "ReplyAddress",
    "Reporter",
    "TokenDead",
    "Transport",
    "message_records",
]
