"""`python -m bot privacy …`: what the operator does for people who ask them directly.

Left for the bot to do, through the inbox. Invariant: the bot alone writes its database.
"""

from __future__ import annotations

from typing import Annotated

import typer

from bot.jobs_command import wish

LARGEST = 2**63 - 1
"""As `jobs.services.Snowflake`."""

privacy_app = typer.Typer(help="What is kept of people, beside a running bot.", no_args_is_help=True)


@privacy_app.callback()
def privacy() -> None:
    """What is kept of people, beside a running bot."""


@privacy_app.command()
def erase(
    user_id: Annotated[int, typer.Argument(min=1, max=LARGEST)],
    guild: Annotated[
        int | None, typer.Option(min=1, max=LARGEST, help="Only in this server; in all of them if you leave it out.")
    ] = None,
) -> None:
    """Erase what is kept of a person; docs/privacy.md says what that is."""
    from bot.privacy.erasure import NAME, request_of

    payload, options = request_of(guild, user_id)
    wish("enqueue", type=NAME, payload=payload, options=options)
