"""The demonstration: the real, unmodified bot on a made-up server, with its card live in the terminal.

Starts the stand-in for Discord and the bot in one process, on loopback. Invariant: the bot is given addresses
and a token like any other, and is told nothing else.
"""

from bot.demo.show import run_demo, run_page

__all__ = ["run_demo", "run_page"]
