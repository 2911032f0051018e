"""Puts cards into a channel of the stand-in and photographs the page, in each width and theme.

Invariant: what is photographed is what the page draws of messages that Discord would have taken.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page

from bot.languages import words_in
from bot.sandbox import Message, Sandbox
from bot.sandbox.limits import check_message
from bot.sandbox.world import Attachment
from bot.views import view_of
from tests.browser import WIDTHS, opened_page
from tests.pictures.scenes import Scene

THEMES = ("dark", "light")
CARD_WIDTH = 700.0
"""Pixels from the edge of the channel to behind the widest card and its row of buttons."""
SETTLED = """async () => {
  await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
  await document.fonts.ready;
}"""


def post(sandbox: Sandbox, scene: Scene, *, language: str = "en") -> Message:
    """The scene's card as a message in the first channel. Raises `ApiError` for what Discord does not take."""
    world, channel = sandbox.world, next(iter(sandbox.world.guilds.values())).default_channel
    card = scene.card(sandbox.clock.now(), words_in(language))
    view = view_of(scene.job.id, card.buttons)
    components = view.to_components() if view else []
    embed = card.embed().to_dict()
    check_message({"embeds": [embed], "components": components}, [])
    message = Message(world.snowflake(), channel.id, world.bot.id, author_bot=True)
    message.embeds, message.components = [dict(embed)], components
    message.attachments = [
        Attachment(world.snowflake(), name, "text/csv", b"id,name\n" * 2000)
        for name in card.files
        if name != card.image and scene.job.state.is_final
    ]
    channel.add(message)
    world.tell(message, "created")
    return message


@asynccontextmanager
async def seen(browser: Browser, sandbox: Sandbox, width: int, theme: str, place: str = "") -> AsyncIterator[Page]:
    """The page as loaded, once all that it shows is there; it must not be wider than the screen."""
    async with opened_page(browser, f"{sandbox.origin}/?theme={theme}{place}", width=width) as page:
        await page.locator("body[data-loaded]").wait_for()
        await page.evaluate(SETTLED)
        yield page
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, f"wider than {width}"


async def photograph(browser: Browser, sandbox: Sandbox, messages: Sequence[Message], folder: Path, name: str) -> None:
    """One picture of these messages for each width and theme, below each other as they stand in the channel."""
    for width in WIDTHS.values():
        for theme in THEMES:
            async with seen(browser, sandbox, width, theme) as page:
                await page.evaluate("window.scrollTo(0, 0)")
                ids = [str(message.id) for message in messages]
                tall = await page.evaluate(
                    """ids => {
                      const list = document.getElementById("messages");
                      for (const item of [...list.children]) if (!ids.includes(item.dataset.id)) item.remove();
                      return list.scrollHeight;
                    }""",
                    ids,
                )
                await page.set_viewport_size({"width": width, "height": tall + 220})
                await page.screenshot(path=folder / f"{name}-{width}-{theme}.png")


async def photograph_one(browser: Browser, sandbox: Sandbox, message: Message, path: Path) -> None:
    """One message alone, sharp enough for a page that shows it smaller."""
    context = await browser.new_context(device_scale_factor=2, viewport={"width": 900, "height": 1400})
    page = await context.new_page()
    await page.goto(f"{sandbox.origin}/?theme=dark")
    item = page.locator(f'[data-id="{message.id}"]')
    await item.wait_for()
    await item.scroll_into_view_if_needed()
    await page.evaluate(SETTLED)
    box = await item.bounding_box()
    assert box is not None
    await page.screenshot(path=path, clip={**box, "width": CARD_WIDTH})
    await context.close()
