"""What the demonstration shows: the command, the message as it changes, the files, and what to try next.

Draws what the stand-in holds, never what the bot thinks. Invariant: with `once` it ends by itself, with exit
code 0 only when the job was completed.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from bot.app import obeying_signals
from bot.demo.stage import Stage, raised_stage
from bot.demo.terminal import Drawing
from bot.demo.typed import EXAMPLE, NotACommand, TypedCommand, parse
from bot.log import set_up_log
from bot.problems import ExitProblem
from bot.sandbox import Message, SandboxInteraction, SandboxRefused
from bot.sandbox.interactions import InteractionFailed
from bot.sandbox.options import typed
from jobs.engine.model import Job

FIRST = TypedCommand("async-job", {"type": "member-activity-analysis", "start": "30d"})
NEXT = (
    "/job list",
    "/job status id:{id}",
    "/async-job type:member-activity-analysis start:7d",
)


async def run_page(*, seed: int) -> None:
    """Serve the made-up server as a page in the browser until Ctrl+C or SIGTERM."""
    _set_up_log()
    stop = asyncio.Event()
    with obeying_signals(stop):
        async with raised_stage(seed) as stage:
            Console(highlight=False).print(f"Open {stage.sandbox.origin} in a browser and type /. Ctrl+C ends it.")
            await stop.wait()


async def run_demo(*, seed: int, once: bool) -> None:
    """Run the demonstration. Raises `ExitProblem` when its job did not complete."""
    _set_up_log()
    console = Console(highlight=False)
    console.print(f"[dim]A made-up server, seed {seed}, and the real bot beside it, both on this machine.[/dim]\n")
    async with raised_stage(seed) as stage:
        show = Show(stage, console)
        job = await show.play(FIRST)
        if job is None or job.state != "completed":
            raise ExitProblem("The demonstration's job did not complete; its card above says why.", 1)
        await show.say_where(job)
        if not once and sys.stdin.isatty():
            console.print(f"The same server in a browser: {stage.sandbox.origin}\n")
            await show.take_commands()


def _set_up_log() -> None:
    set_up_log("warning", "text")
    # On loopback the acknowledgement of a heartbeat is there before discord.py has noted when it was sent, and it
    # takes the time since the heartbeat before for a delay.
    logging.getLogger("discord.gateway").setLevel(logging.ERROR)


class Show:
    """Draws one command after the other."""

    def __init__(self, stage: Stage, console: Console) -> None:
        self._stage = stage
        self._console = console
        self._drawing = Drawing(self._user, self._channel, stage.clock.now)

    async def play(self, command: TypedCommand) -> Job | None:
        """Send the command as the server's owner and draw its answer to the end of its job, if it starts one."""
        options = " ".join(f"[dim]{name}:[/dim]{escape(value)}" for name, value in command.options.items())
        who = escape(self._user(self._stage.guild.owner_id))
        self._console.print(f"[bold]@{who}[/bold]  /{escape(command.name)} {options}\n")
        before = await self._jobs()
        options_given = typed(self._stage.sandbox.world.commands, command.name, command.options)
        interaction = await self._stage.sandbox.slash(command.name, options_given, user=self._stage.guild.owner_id)
        if (instead := await self._no_message(interaction)) is not None:
            self._console.print(f"[yellow]{escape(instead)}[/yellow]\n")
            return None
        with Live(self._picture(interaction), console=self._console, refresh_per_second=8) as live:
            draw = self._stage.sandbox.watch(lambda message, what: live.update(self._picture(interaction)))
            try:
                job = await self._ended(await self._jobs() - before)
            finally:
                draw()
            live.update(self._picture(interaction), refresh=True)
        self._console.print()
        return job

    async def _no_message(self, interaction: SandboxInteraction) -> str | None:
        """What to say when the answer is no message: there is a form, or nothing."""
        try:
            await interaction.answered()
            if interaction.modal is not None:
                fields = ", ".join(part["label"] for part in interaction.modal["components"] if part.get("label"))
                return f"This opens a form ({fields}); fill it in at {self._stage.sandbox.origin}"
            await interaction.said()
        except (InteractionFailed, TimeoutError) as silence:
            return str(silence) or "There was no answer."
        return None

    async def say_where(self, job: Job) -> None:
        """Name the files, and what to try next."""
        store = self._stage.app.artifacts
        for artifact in await store.list(job.id):
            self._console.print(f"  {_shown(store.path(job.id, artifact.name))}", soft_wrap=True)
        self._console.print("\nTry next:")
        for line in NEXT:
            self._console.print(f"  {line.format(id=job.id)}")
        self._console.print()

    async def take_commands(self) -> None:
        """Play what is typed until `quit` or the end of input."""
        self._console.print(f"[dim]{EXAMPLE.replace('`', '')}[/dim]")
        async for line in _lines():
            if line in ("quit", "exit", "q"):
                return
            await self.take(line)

    async def take(self, line: str) -> None:
        """Play one line, or say why it cannot be."""
        try:
            await self.play(parse(line))
        except (NotACommand, SandboxRefused) as refusal:
            self._console.print(f"[yellow]{escape(str(refusal))}[/yellow]")

    async def _ended(self, started: set[str]) -> Job | None:
        """The job that the command started, once it is over and its message says so."""
        if not started:
            return None
        job_id = started.pop()
        job: Job | None = None
        while job is None or not job.state.is_final:
            await self._stage.clock.sleep(0.1)
            job = await self._stage.app.queue.get(job_id)
        await self._stage.app.reporter.settled(job_id)
        return job

    async def _jobs(self) -> set[str]:
        from jobs.engine.backend import JobQuery

        page = await self._stage.app.queue.find(JobQuery(lane=str(self._stage.guild.id), limit=100))
        return {job.id for job in page.jobs}

    def _picture(self, interaction: SandboxInteraction) -> RenderableType:
        shown = [m for m in (interaction.message, *interaction.messages) if m is not None]
        return Group(*(self._draw(message, interaction.ephemeral) for message in shown))

    def _draw(self, message: Message, ephemeral: bool) -> RenderableType:
        names = [attachment.filename for attachment in message.attachments]
        loading = not message.content and not message.embeds
        content = "*is thinking…*".strip("*") if loading else message.content
        note = Text("Only you can see this", style="dim italic") if ephemeral else Text("")
        return Group(Text("Errand", style="bold #00AE86"), self._drawing.message(content, message.embeds, names), note)

    def _user(self, user_id: int) -> str:
        member = self._stage.guild.members.get(user_id)
        return member.display_name if member else str(user_id)

    def _channel(self, channel_id: int) -> str:
        channel = self._stage.guild.channels.get(channel_id)
        return channel.name if channel else str(channel_id)


async def _lines() -> AsyncIterator[str]:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while line := await reader.readline():
            yield line.decode(errors="replace").strip()
    finally:
        transport.close()


def _shown(path: Path) -> str:
    path = path.resolve()
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
