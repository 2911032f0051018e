"""The stand-in's page: a channel in a browser, as Discord would show it to one person."""

from bot.sandbox.page.site import Site

__all__ = ["Site"]
