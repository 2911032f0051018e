"""The command line: `run`, `check`, `demo`.

Invariant: a problem that the operator can mend is one line on standard error and an exit code, never a trace.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from bot.jobs_command import jobs_app
from bot.log import set_up_log
from bot.privacy_command import privacy_app
from bot.problems import EX_SOFTWARE, ExitProblem
from bot.settings import load_settings, misspelt_settings

if TYPE_CHECKING:
    from bot.app import App

LAST_S = 3.0
"""What the process gets to end by itself once everything is stored."""

log = logging.getLogger("bot")

app = typer.Typer(
    help="Errand, a Discord bot that runs a server's long errands.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(jobs_app, name="jobs")
app.add_typer(privacy_app, name="privacy")


@app.command()
def run() -> None:
    """Run the bot until Ctrl+C or SIGTERM."""
    from bot.app import App

    settings = load_settings()
    set_up_log(settings.log_level, settings.log_format)
    for sentence in misspelt_settings():
        log.warning("%s", sentence)
    settings.token()
    asyncio.run(_run(App(settings)))


@app.command()
def check() -> None:
    """Check settings, database and token, say what to mend, and start nothing."""
    from bot.check import check_all

    settings = load_settings()
    set_up_log("error", settings.log_format)
    raise typer.Exit(asyncio.run(check_all(settings)))


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="End after the job, with exit code 0.")] = False,
    seed: Annotated[int, typer.Option(help="The same number makes the same server.")] = 7,
    page: Annotated[bool, typer.Option(help="Serve the server as a page in the browser, until Ctrl+C.")] = False,
) -> None:
    """Show the bot at work on a made-up server: no token, no account, no network."""
    from bot.demo import run_demo, run_page

    try:
        asyncio.run(run_page(seed=seed) if page else run_demo(seed=seed, once=once))
    except KeyboardInterrupt:
        raise typer.Exit from None


async def _run(bot: App) -> None:
    try:
        await bot.run()
    except ExitProblem as problem:
        _end_in_time(problem)
        raise
    else:
        _end_in_time(ExitProblem("A job did not stop; the next start goes on with it.", EX_SOFTWARE))


def _end_in_time(problem: ExitProblem) -> None:
    """All is stored: a handler or a thread that never ends must not keep the process."""

    def end() -> None:
        print(problem.sentence, file=sys.stderr, flush=True)  # noqa: T201 - the one line for the operator
        os._exit(problem.exit_code)

    timer = threading.Timer(LAST_S, end)
    timer.daemon = True
    timer.start()


def main() -> None:
    """Entry point."""
    try:
        app()
    except ExitProblem as problem:
        print(problem.sentence, file=sys.stderr)  # noqa: T201 - the one line for the operator
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
