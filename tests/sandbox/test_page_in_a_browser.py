"""The stand-in's page in a real browser: typed commands, presses, forms, and cards that change by themselves."""

from __future__ import annotations

import io
from pathlib import Path

import discord
import pytest
from PIL import Image

from bot.demo.stage import raised_stage
from bot.sandbox import Guild, Sandbox
from tests.browser import WIDTHS, opened_browser, opened_page, until
from tests.sandbox.conftest import Client, Connect
from tests.sandbox.test_page import with_commands


def with_buttons(client: Client) -> None:
    with_commands(client)

    @client.tree.command(name="panel", description="A button and a select")
    async def panel(interaction: discord.Interaction) -> None:
        view = discord.ui.View(timeout=None)
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(label="Press me", custom_id="press")
        select: discord.ui.RoleSelect[discord.ui.View] = discord.ui.RoleSelect(placeholder="A role", custom_id="role")

        async def pressed(press: discord.Interaction) -> None:
            await press.response.edit_message(content="pressed", view=view)

        async def chosen(choice: discord.Interaction) -> None:
            await choice.response.send_message(f"chosen: {select.values[0].name}", ephemeral=True)

        button.callback = pressed  # type: ignore[method-assign, assignment]
        select.callback = chosen  # type: ignore[method-assign, assignment]
        view.add_item(button).add_item(select)
        await interaction.response.send_message("a panel", view=view)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
async def test_commands_presses_choices_and_forms_work(
    connect: Connect, sandbox: Sandbox, guild: Guild, width: int
) -> None:
    await connect(with_buttons)
    async with opened_browser() as browser, opened_page(browser, sandbox.origin, width=width) as page:
        await page.fill("#text", "/pan")
        await page.keyboard.press("Enter")
        await page.click("#send")
        await page.get_by_role("button", name="Press me").click()
        await page.get_by_text("pressed", exact=True).wait_for()
        await page.get_by_label("A role").select_option(label="Veteran")
        await page.get_by_text("chosen: Veteran").wait_for()
        await page.fill("#text", "/secret")
        await page.keyboard.press("Enter")
        await page.click("#send")
        await page.get_by_role("button", name="Submit").click()
        await page.get_by_text("1 to 1 different values can be chosen.").wait_for()
        await page.get_by_label("Role", exact=False).last.select_option(label="Veteran")
        await page.get_by_label("Reason").fill("tidy")
        await page.get_by_role("button", name="Submit").click()
        await page.get_by_text("tidy Veteran [] [] False").wait_for()
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        await page.screenshot()


async def test_a_job_runs_before_ones_eyes_and_the_clock_can_be_moved(tmp_path: Path) -> None:
    async with (
        raised_stage(3, tmp_path, buckets="fast") as stage,
        opened_browser() as browser,
        opened_page(browser, stage.sandbox.origin) as page,
    ):
        await page.fill("#text", "/async")
        await page.keyboard.press("Enter")
        await page.select_option("[data-option=type]", "member-activity-analysis")
        await page.fill("[data-option=start]", "7d")
        await page.click("#send")
        card = page.locator(".embed").last
        await card.get_by_text("Completed · Member Analysis").wait_for(timeout=60_000)
        loaded = await card.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
        assert loaded > 400
        assert await page.get_by_role("link", name="members.csv").count() == 0, "not for everybody"
        await page.get_by_role("button", name="Download").click()
        await page.get_by_role("link", name="members.csv").wait_for()
        before = stage.clock.now()
        await page.get_by_role("button", name="+15 min").click()
        await page.fill("#text", "/job status")
        await page.keyboard.press("Enter")
        await page.focus("[data-option=id]")
        await page.get_by_text("completed · Member Analysis · 15 min ago").wait_for()
        assert stage.clock.now() - before >= 900_000


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
async def test_the_newest_message_stays_in_view_and_a_direct_message_is_announced(
    connect: Connect, sandbox: Sandbox, guild: Guild, width: int
) -> None:
    client = await connect(with_buttons)
    picture = io.BytesIO()
    Image.new("RGB", (400, 400), "teal").save(picture, "PNG")
    async with opened_browser() as browser, opened_page(browser, sandbox.origin, width=width) as page:
        await page.locator("body[data-loaded]").wait_for()
        channel = client.get_partial_messageable(guild.default_channel.id)
        picture.seek(0)
        await channel.send("look", file=discord.File(picture, "square.png"))
        drawn = page.get_by_alt_text("square.png")
        await drawn.wait_for()
        await until(page, "[...document.images].every(image => image.complete && image.naturalHeight)")
        await until(page, AT_END)
        await page.evaluate("document.getElementById('messages').scrollTop = 0")
        await until(page, "document.getElementById('messages').scrollTop === 0")
        await channel.send("read this later")
        await page.get_by_text("read this later").wait_for(state="attached")
        assert not await page.evaluate(AT_END), "who reads what was before is left alone"
        await page.fill("#text", "well")
        await page.click("#send")
        await until(page, AT_END)
        assert await page.get_by_text("@Errand").count() == 0
        person = await client.fetch_user(guild.owner_id)
        await person.send("psst")
        if width > 720:
            await page.get_by_role("button", name="@ Errand").click()
        else:
            await page.get_by_label("Channel").first.select_option(label="● @Errand")
        await page.get_by_text("psst").wait_for()
        assert await page.locator(".unread").count() == 0


AT_END = "(list => list.scrollHeight - list.scrollTop - list.clientHeight < 2)(document.getElementById('messages'))"
