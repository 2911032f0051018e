"""Every card that there is, photographed on the stand-in's page; `python -m tests.pictures FOLDER` keeps the pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.engine.states import State
from tests.browser import WIDTHS, opened_browser
from tests.pictures.gallery import THEMES, photograph, post
from tests.pictures.scenes import HOSTILE, scenes
from tests.stand_in import serving


def test_every_state_has_its_scene() -> None:
    assert {scene.job.state for scene in scenes(0, 1)} == set(State)


@pytest.mark.parametrize("language", ["en", "id"])
async def test_every_card_fits_each_screen_and_leaves_no_mark_of_a_name(tmp_path: Path, language: str) -> None:
    async with serving(3, members=20, channels=3, days=1, messages=5) as sandbox, opened_browser() as browser:
        owner = next(iter(sandbox.world.guilds.values())).owner_id
        everything = scenes(sandbox.clock.now(), owner)
        messages = [post(sandbox, scene, language=language) for scene in everything]
        await photograph(browser, sandbox, messages, tmp_path, "all")
        pictures = list(tmp_path.iterdir())
        assert len(pictures) == len(WIDTHS) * len(THEMES)
        assert min(picture.stat().st_size for picture in pictures) > 50_000
        page = await browser.new_page()
        await page.goto(sandbox.origin)
        await page.locator("body[data-loaded]").wait_for()
        for scene, message in zip(everything, messages, strict=True):
            if scene.name.removeprefix("hostile ").isdigit():
                name = HOSTILE[int(scene.name.removeprefix("hostile "))]
                text = page.locator(f'[data-id="{message.id}"] .embed > .text')
                marks = await text.locator("strong, em, u, s, a, .spoiler, blockquote, h1, ul, ol, pre").count()
                assert marks == 0, f"{name!r} brought a mark"
                mentions = await text.locator(".mention").all_inner_texts()
                assert len(mentions) == 1, "only whoever asked is named"
        await page.close()
