"""The REST routes of the stand-in, by subject."""

from bot.sandbox.rest.applications import ROUTES as APPLICATIONS
from bot.sandbox.rest.guilds import ROUTES as GUILDS
from bot.sandbox.rest.messages import ROUTES as MESSAGES
from bot.sandbox.rest.roles import ROUTES as ROLES
from bot.sandbox.rest.route import Route
from bot.sandbox.rest.search import ROUTES as SEARCH
from bot.sandbox.rest.threads import ROUTES as THREADS
from bot.sandbox.rest.webhooks import ROUTES as WEBHOOKS

ROUTES: tuple[Route, ...] = (*APPLICATIONS, *GUILDS, *MESSAGES, *ROLES, *SEARCH, *THREADS, *WEBHOOKS)

__all__ = ["ROUTES", "Route"]
