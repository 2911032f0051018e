"""The stand-in's page over HTTP: each person sees their own, and no other site can act."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from bot.sandbox import Guild, Sandbox
from bot.sandbox.page.markdown import Markdown
from bot.sandbox.permissions import VIEW_CHANNEL
from bot.sandbox.world import Channel
from tests.sandbox.conftest import Client, Connect


def named(sign: str, id_: int) -> str | None:
    return {("@", 7): "<b>Ada</b>", ("#", 8): "general", ("@&", 9): "Veteran"}.get((sign, id_))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** *thin* __under__ ~~gone~~", "<strong>bold</strong> <em>thin</em> <u>under</u> <s>gone</s>"),
        ("`**code**`", "<code>**code**</code>"),
        ("<@7> <@!7>", '<span class="mention">@&lt;b&gt;Ada&lt;/b&gt;</span> ' * 2),
        ("<#8> <@&9> <#1>", '<span class="mention">#general</span> <span class="mention">@Veteran</span> '
                            '<span class="mention">#unknown</span>'),
        ("<t:5:R>", '<time class="stamp" data-at="5" data-style="R"></time>'),
        ("||secret **x**||", '<span class="spoiler" tabindex="0">secret <strong>x</strong></span>'),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        (r"\*plain\* \<@7>", "*plain* &lt;@7&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[see it](https://discord.com/channels/1/8/3)",
         '<a class="jump" href="?channel=8" data-channel="8" data-message="3">see it</a>'),
    ],
)  # fmt: skip
def test_discords_marks_become_tags_and_nothing_else_does(text: str, html: str) -> None:
    assert Markdown(named).line(text) == html.strip()


def test_small_print_stands_in_a_line_of_its_own() -> None:
    html = Markdown(named).block("a\n-# `b` by <@7>\n-# c\nd")
    assert html.replace("\n", "") == (
        '<p>a</p><small><code>b</code> by <span class="mention">@&lt;b&gt;Ada&lt;/b&gt;</span></small>'
        "<small>c</small><p>d</p>"
    )


class Web:
    """What a browser asks of the page."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self._sandbox = sandbox
        self._session = session

    async def get(self, path: str, **query: object) -> Any:
        params = {name: str(value) for name, value in query.items()}
        async with self._session.get(self._sandbox.origin + path, params=params) as answer:
            return await answer.json()

    async def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> tuple[int, Any]:
        async with self._session.post(self._sandbox.origin + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json() if answer.status == 200 else None


@pytest.fixture
async def web(sandbox: Sandbox) -> AsyncIterator[Web]:
    async with aiohttp.ClientSession() as session:
        yield Web(sandbox, session)


def with_commands(client: Client) -> None:
    @client.tree.command(name="whisper", description="x")
    async def whisper(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("only for you", ephemeral=True)

    @client.tree.command(name="twice", description="x")
    async def twice(interaction: discord.Interaction, number: int, loud: bool = False) -> None:
        await interaction.response.send_message(f"{number * 2} {loud}")

    @client.tree.command(name="secret", description="x")
    @app_commands.default_permissions(administrator=True)
    async def secret(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form())


class Form(discord.ui.Modal, title="A form"):
    """All that a form can ask for."""

    reason: discord.ui.Label[Form] = discord.ui.Label(
        text="Reason", component=discord.ui.TextInput(required=False), description="why"
    )
    role: discord.ui.Label[Form] = discord.ui.Label(text="Role", component=discord.ui.RoleSelect(required=True))
    members: discord.ui.Label[Form] = discord.ui.Label(
        text="Members", component=discord.ui.UserSelect(max_values=3, required=False)
    )
    table: discord.ui.Label[Form] = discord.ui.Label(
        text="Table", component=discord.ui.FileUpload(required=False, max_values=1)
    )
    sure: discord.ui.Label[Form] = discord.ui.Label(text="Sure", component=discord.ui.Checkbox())

    async def on_submit(self, interaction: discord.Interaction) -> None:
        reason, role, members, table, sure = (
            label.component for label in (self.reason, self.role, self.members, self.table, self.sure)
        )
        assert isinstance(reason, discord.ui.TextInput)
        assert isinstance(role, discord.ui.RoleSelect)
        assert isinstance(members, discord.ui.UserSelect)
        assert isinstance(table, discord.ui.FileUpload)
        assert isinstance(sure, discord.ui.Checkbox)
        text = [(await file.read()).decode() for file in table.values]
        people = sorted(member.id for member in members.values)
        await interaction.response.send_message(f"{reason} {role.values[0].name} {people} {text} {sure.value}")


async def test_an_answer_for_one_person_is_shown_to_nobody_else(
    connect: Connect, web: Web, sandbox: Sandbox, guild: Guild
) -> None:
    await connect(with_commands)
    me, other = str(guild.owner_id), next(str(m) for m in guild.members if m != guild.owner_id)
    assert await web.post("/page/command", person=me, command="whisper") == (200, {})
    mine, theirs = await web.get("/page/state", person=me), await web.get("/page/state", person=other)
    assert "only for you" in mine["messages"][-1]["html"]
    assert not any("only for you" in message["html"] for message in theirs["messages"])
    message = mine["messages"][-1]["id"]
    _, answer = await web.post("/page/press", person=other, message=message, custom_id="x")
    assert answer == {"refused": "That message is gone."}


async def test_typed_options_reach_the_bot_in_their_own_types(connect: Connect, web: Web, guild: Guild) -> None:
    await connect(with_commands)
    me = str(guild.owner_id)
    _, answer = await web.post("/page/command", person=me, command="twice", options={"number": "21", "loud": "true"})
    assert answer == {}
    assert "42 True" in (await web.get("/page/state", person=me))["messages"][-1]["html"]
    _, answer = await web.post("/page/command", person=me, command="twice", options={"number": "many"})
    assert answer == {"refused": "number has the wrong kind of value."}


async def test_a_form_with_all_kinds_of_fields_reaches_the_bot(
    connect: Connect, web: Web, sandbox: Sandbox, guild: Guild
) -> None:
    await connect(with_commands)
    me = guild.owner_id
    _, answer = await web.post("/page/command", person=str(me), command="secret")
    assert "<form" in answer["form"]
    sent = await sandbox.slash("secret", user=me)
    await sent.answered()
    assert sent.modal is not None
    names = [label["component"]["custom_id"] for label in sent.modal["components"]]
    role = next(r for r in guild.roles.values() if r.name == "Veteran")
    people = sorted(guild.members)[:2]
    form = aiohttp.FormData({"$person": str(me), "$interaction": str(sent.interaction.id)})
    answers = ('"because"', f'"{role.id}"', str([str(id_) for id_ in people]).replace("'", '"'), "", "true")
    for name, text in zip(names, answers, strict=True):
        if text:
            form.add_field(name, text)
    form.add_field(names[3], b"1,2", filename="ids.csv", content_type="text/csv")
    async with aiohttp.ClientSession() as session, session.post(sandbox.origin + "/page/form", data=form) as response:
        assert await response.json() == {}
    last = guild.default_channel.messages[-1].content
    assert last == f"because Veteran {people} ['1,2'] True"


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({}, "1 to 1 different values can be chosen."),
        ({1: "123"}, "That is not offered."),
        ({1: "role", 0: "x" * 4001}, "must have 0 to 4000 letters."),
    ],
)
async def test_a_form_filled_in_wrongly_is_not_sent(
    connect: Connect, sandbox: Sandbox, guild: Guild, answers: dict[int, str], refusal: str
) -> None:
    await connect(with_commands)
    sent = await sandbox.slash("secret", user=guild.owner_id)
    await sent.answered()
    assert sent.modal is not None
    names = [label["component"]["custom_id"] for label in sent.modal["components"]]
    role = str(next(iter(guild.roles)))
    given = {names[place]: role if text == "role" else text for place, text in answers.items()}
    with pytest.raises(ValueError, match=refusal):
        await sandbox.interactions.submit(sent, given, guild.owner_id)


async def test_commands_and_channels_are_those_that_discord_would_show(
    connect: Connect, web: Web, guild: Guild
) -> None:
    await connect(with_commands)
    state = await web.get("/page/state", person=guild.owner_id)
    kinds = {person["kind"]: person["id"] for person in state["people"]}
    assert list(kinds) == ["owner", "administrator", "moderator", "member", "stranger"]
    shown = {}
    for kind, person in kinds.items():
        seen = await web.get("/page/state", person=person)
        shown[kind] = ([c["name"] for c in seen["commands"]], [c["name"] for c in seen["channels"]])
    assert shown["administrator"] == shown["owner"]
    assert "secret" in shown["owner"][0]
    assert shown["stranger"][0] == ["whisper", "twice"]
    assert "staff" in shown["moderator"][1]
    assert "staff" not in shown["member"][1]
    hidden = next(c for c in guild.channels.values() if c.name == "staff")
    fallen_back = await web.get("/page/state", person=kinds["member"], channel=hidden.id)
    assert fallen_back["channel"] == str(guild.default_channel.id)


async def test_commands_are_described_in_the_language_of_a_persons_discord_and_the_bot_is_told_it(
    connect: Connect, web: Web, sandbox: Sandbox, guild: Guild
) -> None:
    heard: list[str] = []

    class Indonesian(app_commands.Translator):
        async def translate(self, string: app_commands.locale_str, locale: discord.Locale, context: Any) -> str | None:
            described = context.location.name.endswith("description")
            return f"id: {string}" if locale is discord.Locale.indonesian and described else None

    def with_languages(client: Client) -> None:
        @client.tree.command(name="speak", description="Say it")
        @app_commands.describe(loud="How")
        async def speak(interaction: discord.Interaction, loud: bool = False) -> None:
            heard.append(str(interaction.locale))
            await interaction.response.send_message("said")

    client = await connect(with_languages)
    await client.tree.set_translator(Indonesian())
    await client.tree.sync()
    me = guild.owner_id
    state = await web.get("/page/state", person=me)
    assert state["languages"] == ["en-US", "id"]
    assert (state["language"], state["commands"][0]["description"]) == ("en-US", "Say it")
    assert (await web.post("/page/language", person=str(me), language="xx"))[1]["refused"]
    await web.post("/page/language", person=str(me), language="id")
    state = await web.get("/page/state", person=me)
    (command,) = state["commands"]
    assert (state["language"], command["description"]) == ("id", "id: Say it")
    assert [(option["name"], option["description"]) for option in command["options"]] == [("loud", "id: How")]
    await web.post("/page/command", person=str(me), command="speak")
    assert heard == ["id"]


async def test_a_hidden_channels_name_is_not_told_in_a_message(web: Web, sandbox: Sandbox, guild: Guild) -> None:
    def private(channel: Channel) -> bool:
        return any(o.deny & VIEW_CHANNEL for o in channel.overwrites)

    hidden = next(c for c in guild.channels.values() if private(c))
    await sandbox.say(guild.default_channel.id, guild.owner_id, f"look at <#{hidden.id}>")
    people = (await web.get("/page/state"))["people"]
    member = next(p["id"] for p in people if p["kind"] == "member")
    assert "#unknown" in (await web.get("/page/state", person=member))["messages"][-1]["html"]


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}])
async def test_other_sites_cannot_act_on_the_page(web: Web, headers: dict[str, str]) -> None:
    status, _ = await web.post("/page/say", headers, text="hi")
    assert status == 403


async def test_a_clock_that_cannot_be_moved_says_so(web: Web) -> None:
    assert not (await web.get("/page/state"))["movable"]
    _, answer = await web.post("/page/clock", seconds=60)
    assert answer == {"refused": "The clock can be put forward by up to 30 days."}
