"""`python -m tests.pictures FOLDER`: every card, in each width and theme. `--readme`: the README's picture of one."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from bot.demo.stage import raised_stage
from tests.browser import opened_browser
from tests.pictures.gallery import photograph, photograph_one, post
from tests.pictures.scenes import scenes
from tests.stand_in import kept_addresses, serving

README = Path(__file__).parent.parent.parent / "docs" / "pictures" / "card.png"
SEED, TOGETHER = 7, 7


async def write_all(folder: Path) -> None:
    """All cards, some of them below each other in a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    async with serving(3, members=40, channels=5, days=3, messages=60) as sandbox, opened_browser() as browser:
        everything = scenes(sandbox.clock.now(), next(iter(sandbox.world.guilds.values())).owner_id)
        for at in range(0, len(everything), TOGETHER):
            messages = [post(sandbox, scene) for scene in everything[at : at + TOGETHER]]
            await photograph(browser, sandbox, messages, folder, f"cards-{at // TOGETHER + 1}")


async def write_readme() -> None:
    """The finished card of the demonstration's job, made by the real bot."""
    with kept_addresses(), tempfile.TemporaryDirectory() as folder:
        async with raised_stage(SEED, Path(folder), buckets="fast") as stage, opened_browser() as browser:
            options = {"type": "member-activity-analysis", "start": "30d"}
            sent = await stage.sandbox.slash("async-job", options, user=stage.guild.owner_id)
            await sent.answered()
            await stage.sandbox.until(lambda: sent.message is not None and sent.message.attachments, 120.0)
            assert sent.message is not None
            await photograph_one(browser, stage.sandbox, sent.message, README)


if __name__ == "__main__":
    asyncio.run(write_readme() if sys.argv[1:] == ["--readme"] else write_all(Path(sys.argv[1])))
