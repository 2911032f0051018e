"""A real browser for tests of pages: Debian's Chromium, headless, driven by Playwright."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""It runs as root in containers, and nothing but loopback is asked for."""
WIDTHS = {"phone": 390, "desktop": 1280}


@asynccontextmanager
async def opened_browser() -> AsyncIterator[Browser]:
    """Skips the test where there is no Chromium, unless REQUIRE_BROWSER is set."""
    if CHROMIUM is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("Chromium is demanded and not installed")
        pytest.skip("Chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def opened_page(browser: Browser, address: str, *, width: int = 1280) -> AsyncIterator[Page]:
    """A page that must say nothing on its console."""
    page = await browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    await page.goto(address)
    yield page
    await page.close()
    assert said == []


async def until(page: Page, true: str) -> None:
    """Asks again until it is true: Playwright's own way of waiting is forbidden by a page's policy."""
    async with asyncio.timeout(20):
        while not await page.evaluate(true):
            await page.wait_for_timeout(20)
