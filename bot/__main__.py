"""The command line: `run`, `check`, `demo`.

Invariant: a problem that the operator can mend is one line on standard error and an exit code, never a trace.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from bot.jobs_command import jobs_app
from bot.log import set_up_log
from bot.problems import ExitProblem
from bot.settings import load_settings

app = typer.Typer(
    help="Errand, a Discord bot that runs a server's long errands.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(jobs_app, name="jobs")


@app.command()
def run() -> None:
    """Run the bot until Ctrl+C or SIGTERM."""
    from bot.app import App

    settings = load_settings()
    set_up_log(settings.log_level, settings.log_format)
    settings.token()
    asyncio.run(App(settings).run())


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


def main() -> None:
    """Entry point."""
    try:
        app()
    except ExitProblem as problem:
        print(problem.sentence, file=sys.stderr)  # noqa: T201 - the one line for the operator
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
