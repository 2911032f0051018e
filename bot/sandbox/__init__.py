"""A stand-in for Discord on loopback, strict where Discord is: REST, gateway, interactions, limits, permissions.

A room of its own: knows nothing of the bot, and the bot knows nothing of it but an address and a token.
"""

from bot.sandbox.interactions import InteractionFailed, SandboxInteraction
from bot.sandbox.options import SandboxRefused
from bot.sandbox.seed import build_world
from bot.sandbox.server import Sandbox
from bot.sandbox.world import Guild, Message, World

__all__ = [
    "Guild",
    "InteractionFailed",
    "Message",
    "Sandbox",
    "SandboxInteraction",
    "SandboxRefused",
    "World",
    "build_world",
]
