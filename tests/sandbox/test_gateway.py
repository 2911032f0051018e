"""The real client of discord.py on the stand-in's gateway."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest
from discord import app_commands

from bot.sandbox import Guild, InteractionFailed, Sandbox, SandboxRefused
from bot.sandbox.world import Member, User
from tests.sandbox.conftest import Client, Connect, until


def with_commands(client: Client) -> None:
    @client.tree.command(description="Say something")
    async def say(interaction: discord.Interaction[Client], words: str, times: int = 1) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content=words * times, attachments=[])
        await interaction.followup.send("more")

    @client.tree.command(description="Say nothing")
    async def silent(interaction: discord.Interaction[Client]) -> None:
        return

    @client.tree.command(description="Say it twice")
    async def twice(interaction: discord.Interaction[Client]) -> None:
        await interaction.response.send_message("one", ephemeral=True)
        route = discord.http.Route(
            "POST",
            "/interactions/{webhook_id}/{webhook_token}/callback",
            webhook_id=interaction.id,
            webhook_token=interaction.token,
        )
        try:
            await client.http.request(route, json={"type": 4, "data": {"content": "two"}})
        except discord.HTTPException as error:
            client.heard.append(("refused", (error.status, error.code)))

    @client.tree.command(description="Press me")
    async def button(interaction: discord.Interaction[Client]) -> None:
        view = discord.ui.View(timeout=None)
        item: discord.ui.Button[discord.ui.View] = discord.ui.Button(label="Press", custom_id="press")

        async def pressed(press: discord.Interaction) -> None:
            await press.response.edit_message(content="pressed", view=None)

        item.callback = pressed  # type: ignore[method-assign, assignment]
        view.add_item(item)
        await interaction.response.send_message("a button", view=view)

    @client.tree.command(description="Fill me in")
    async def form(interaction: discord.Interaction[Client]) -> None:
        await interaction.response.send_modal(Form())

    @client.tree.command(description="Choose some")
    async def choose(interaction: discord.Interaction[Client]) -> None:
        view = discord.ui.View(timeout=None)
        view.add_item(Days())
        view.add_item(People())
        await interaction.response.send_message("choose", view=view)

    @client.tree.command(description="Of somebody, somewhere")
    async def about(
        interaction: discord.Interaction[Client],
        who: discord.Member,
        role: discord.Role,
        where: discord.TextChannel,
    ) -> None:
        await interaction.response.send_message(f"{who.id} {role.id} {where.id}")

    @client.tree.command(description="For nobody but administrators")
    @app_commands.default_permissions()
    async def closed(interaction: discord.Interaction[Client], word: str) -> None:
        await interaction.response.send_message("opened")

    @closed.autocomplete("word")
    async def words(interaction: discord.Interaction[Client], current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}!", value=current)]


class Form(discord.ui.Modal, title="A form"):
    name: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Name", min_length=2, max_length=5)
    note: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Note", required=False, default="none")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"{self.name.value}: {self.note.value}")


class Days(discord.ui.Select[discord.ui.View]):
    def __init__(self) -> None:
        options = [discord.SelectOption(label=day) for day in ("Mon", "Tue", "Wed")]
        super().__init__(custom_id="days", min_values=1, max_values=2, options=options)

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(" ".join(self.values))


class People(discord.ui.UserSelect[discord.ui.View]):
    def __init__(self) -> None:
        super().__init__(custom_id="people", max_values=2)

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(" ".join(str(user.id) for user in self.values))


async def test_the_client_connects_and_sees_the_guild(connect: Connect, guild: Guild) -> None:
    client = await connect()
    (seen,) = client.guilds
    assert (seen.name, seen.member_count, len(seen.roles)) == (guild.name, len(guild.members), len(guild.roles))
    assert seen.me is not None
    assert {c.id for c in seen.channels} == set(guild.channels)


async def test_a_command_is_deferred_edited_and_followed_up(connect: Connect, sandbox: Sandbox, guild: Guild) -> None:
    await connect(with_commands)
    sent = await sandbox.slash("say", {"words": "ho", "times": 2}, user=guild.owner_id)
    await sent.answered()
    message = await sent.said()
    assert (message.content, message.flags, message.type) == ("hoho", 0, 20)
    await sandbox.until(lambda: sent.messages)
    assert sent.messages[0].content == "more"
    assert guild.default_channel.find(message.id) is message


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("nothing", {}, "no command"),
        ("say", {}, "required"),
        ("say", {"words": 5}, "wrong kind"),
        ("say", {"words": "a", "loud": True}, "no option loud"),
    ],
)
async def test_what_discords_client_would_not_send_is_refused(
    connect: Connect, sandbox: Sandbox, guild: Guild, command: str, options: dict[str, object], words: str
) -> None:
    await connect(with_commands)
    with pytest.raises(SandboxRefused, match=words):
        await sandbox.slash(command, options, user=guild.owner_id)


async def test_a_bot_that_says_nothing_has_failed(connect: Connect, sandbox: Sandbox, guild: Guild) -> None:
    await connect(with_commands)
    sent = await sandbox.slash("silent", {}, user=guild.owner_id)
    with pytest.raises(InteractionFailed):
        await sent.answered(timeout_s=0.2)


async def test_an_answer_after_three_seconds_or_a_second_one_is_refused(
    connect: Connect, sandbox: Sandbox, guild: Guild
) -> None:
    client = await connect(with_commands)
    sent = await sandbox.slash("twice", {}, user=guild.owner_id)
    await sent.answered()
    await until(lambda: client.count("refused"))
    assert ("refused", (400, 40060)) in client.heard
    late = await sandbox.slash("silent", {}, user=guild.owner_id)
    late.interaction.created_at -= 3001
    route = discord.http.Route("POST", f"/interactions/{late.interaction.id}/{late.interaction.token}/callback")
    with pytest.raises(discord.NotFound) as caught:
        await client.http.request(route, json={"type": 5})
    assert caught.value.code == 10062


async def test_a_token_past_its_life_is_dead_and_the_bots_token_goes_on(
    connect: Connect, sandbox: Sandbox, guild: Guild
) -> None:
    client = await connect(with_commands)
    sent = await sandbox.slash("say", {"words": "x"}, user=guild.owner_id)
    message = await (await sent.answered()).said()
    webhook = discord.Webhook.partial(sandbox.world.application_id, sent.interaction.token, client=client)
    await webhook.edit_message(message.id, content="alive")
    sent.expire()
    with pytest.raises(discord.HTTPException) as caught:
        await webhook.edit_message(message.id, content="dead")
    assert (caught.value.status, caught.value.code) == (401, 50027)
    partial = client.get_partial_messageable(message.channel_id).get_partial_message(message.id)
    await partial.edit(content="by the bot")
    assert message.content == "by the bot"


async def test_an_ephemeral_answer_is_unknown_to_the_bots_token(
    connect: Connect, sandbox: Sandbox, guild: Guild
) -> None:
    client = await connect(with_commands)
    sent = await sandbox.slash("twice", {}, user=guild.owner_id)
    message = await (await sent.answered()).said()
    assert sent.ephemeral
    with pytest.raises(discord.NotFound) as caught:
        await client.get_partial_messageable(message.channel_id).get_partial_message(message.id).edit(content="x")
    assert caught.value.code == 10008


async def test_a_button_can_be_pressed_and_edits_its_message(connect: Connect, sandbox: Sandbox, guild: Guild) -> None:
    client = await connect(with_commands)
    sent = await sandbox.slash("button", {}, user=guild.owner_id)
    message = await (await sent.answered()).said()
    await until(lambda: client.count("app_command_completion"))
    pressed = await sandbox.interactions.press(message, "press", guild.owner_id)
    await pressed.answered()
    assert (message.content, message.components) == ("pressed", [])
    with pytest.raises(SandboxRefused):
        await sandbox.interactions.press(message, "press", guild.owner_id)


async def test_a_form_can_be_filled_in_within_its_limits(connect: Connect, sandbox: Sandbox, guild: Guild) -> None:
    await connect(with_commands)
    sent = await (await sandbox.slash("form", {}, user=guild.owner_id)).answered()
    assert sent.modal is not None
    name, note = (row["components"][0]["custom_id"] for row in sent.modal["components"])
    for values in ({}, {name: "A"}, {name: "too long"}, {name: "Ada", "other": "x"}):
        with pytest.raises(SandboxRefused):
            await sandbox.interactions.submit(sent, values, guild.owner_id)
    filled = await sandbox.interactions.submit(sent, {name: "Ada"}, guild.owner_id)
    assert (await filled.said()).content == "Ada: none"
    filled = await sandbox.interactions.submit(sent, {name: "Ada", note: ""}, guild.owner_id)
    assert (await filled.said()).content == "Ada: "


async def test_a_select_gives_what_it_offers(connect: Connect, sandbox: Sandbox, guild: Guild) -> None:
    client = await connect(with_commands)
    sent = await sandbox.slash("choose", {}, user=guild.owner_id)
    message = await (await sent.answered()).said()
    await until(lambda: client.count("app_command_completion"))
    press, owner = sandbox.interactions.press, guild.owner_id
    role = next(iter(guild.roles))
    wrong = [("days", ["Sun"]), ("days", []), ("days", ["Mon", "Tue", "Wed"]), ("days", ["Mon", "Mon"])]
    for custom_id, values in [*wrong, ("days", None), ("people", [str(role)]), ("people", ["x"])]:
        with pytest.raises(SandboxRefused):
            await press(message, custom_id, owner, values)
    assert (await (await press(message, "days", owner, ["Tue", "Mon"])).said()).content == "Tue Mon"
    people = [str(member) for member in list(guild.members)[:2]]
    assert set((await (await press(message, "people", owner, people)).said()).content.split()) == set(people)


async def test_options_name_people_roles_and_channels_of_their_own_kind(
    connect: Connect, sandbox: Sandbox, guild: Guild
) -> None:
    await connect(with_commands)
    person, role = list(guild.members)[-1], list(guild.roles)[-1]
    channel, room = guild.default_channel.id, next(c.id for c in guild.channels.values() if c.type == 2)
    right = {"who": person, "role": role, "where": channel}
    sent = await sandbox.slash("about", right, user=guild.owner_id)
    assert (await sent.said()).content == f"{person} {role} {channel}"
    for name, value in (("who", role), ("role", person), ("where", person), ("where", room), ("who", "Ada")):
        with pytest.raises(SandboxRefused):
            await sandbox.slash("about", {**right, name: value}, user=guild.owner_id)


async def test_a_command_for_nobody_is_shown_to_administrators_alone(
    connect: Connect, sandbox: Sandbox, guild: Guild
) -> None:
    await connect(with_commands)
    stranger = next(m.user.id for m in guild.members.values() if not m.roles and m.user.id != guild.owner_id)
    with pytest.raises(SandboxRefused, match="not shown"):
        await sandbox.slash("closed", {"word": "x"}, user=stranger)
    with pytest.raises(SandboxRefused, match="not shown"):
        await sandbox.autocomplete("closed", {"word": "x"}, focused="word", user=stranger)
    with pytest.raises(SandboxRefused, match="Only members"):
        await sandbox.slash("closed", {"word": "x"}, user=1)
    sent = await sandbox.slash("closed", {"word": "x"}, user=guild.owner_id)
    assert (await sent.said()).content == "opened"
    offered = await sandbox.autocomplete("closed", {"word": "x"}, focused="word", user=guild.owner_id)
    assert [choice["name"] for choice in offered] == ["x!"]


async def test_a_client_that_is_asked_to_reconnect_resumes(connect: Connect, sandbox: Sandbox, guild: Guild) -> None:
    client = await connect()
    await sandbox.gateway.ask_to_reconnect()
    await until(lambda: client.count("resumed"))
    assert sandbox.gateway.identifies == 1


@pytest.mark.parametrize(("frames", "code"), [([{"op": 1, "d": "x" * 5000}], 4002), ([{"op": 1, "d": 1}] * 121, 4008)])
async def test_who_sends_too_much_or_too_often_is_closed(
    sandbox: Sandbox, frames: list[dict[str, object]], code: int
) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(sandbox.gateway_url) as socket:
        for frame in frames:
            await socket.send_json(frame)
        async with asyncio.timeout(10):
            while (await socket.receive()).type != aiohttp.WSMsgType.CLOSE:
                pass
        assert socket.close_code == code


async def test_messages_arrive_without_their_words_unless_the_intent_is_there(
    connect: Connect, sandbox: Sandbox, guild: Guild
) -> None:
    client = await connect()
    await sandbox.say(guild.default_channel.id, guild.owner_id, "secret")
    await until(lambda: client.count("message"))
    (message,) = next(args for name, args in client.heard if name == "message")
    assert (message.author.id, message.content) == (guild.owner_id, "")


async def test_messages_of_channels_the_bot_may_not_see_do_not_arrive(
    connect: Connect, sandbox: Sandbox, guild: Guild
) -> None:
    client = await connect()
    hidden = next(c for c in guild.channels.values() if c.name == "archive")
    await sandbox.say(hidden.id, guild.owner_id)
    await sandbox.say(guild.default_channel.id, guild.owner_id)
    await until(lambda: client.count("message"))
    assert client.count("message") == 1


async def test_voice_states_arrive(connect: Connect, sandbox: Sandbox, guild: Guild) -> None:
    client = await connect()
    room = next(c for c in guild.channels.values() if c.type == 2)
    await sandbox.join_voice(guild.owner_id, room.id)
    await sandbox.leave_voice(guild.owner_id)
    await until(lambda: client.count("voice_state_update") == 2)


async def test_a_dropped_connection_resumes_and_what_was_missed_is_replayed(
    connect: Connect, sandbox: Sandbox, guild: Guild
) -> None:
    client = await connect()
    await sandbox.drop_gateway(4000)
    await sandbox.say(guild.default_channel.id, guild.owner_id)
    await until(lambda: client.count("resumed"))
    assert client.count("message") == 1
    assert sandbox.gateway.identifies == 1


async def test_a_session_that_is_gone_begins_anew(connect: Connect, sandbox: Sandbox, guild: Guild) -> None:
    client = await connect()
    await sandbox.drop_gateway(4000, resume=False)
    await until(lambda: sandbox.gateway.identifies == 2 and client.count("guild_available") == 2)


async def test_a_wrong_token_is_refused_by_rest_and_gateway(connect: Connect) -> None:
    with pytest.raises(discord.LoginFailure):
        await connect(token="wrong")


async def test_an_intent_that_is_switched_off_closes_with_4014(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.set_intents(0)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await connect()


async def test_members_come_in_chunks_of_a_thousand_and_once_in_thirty_seconds(
    connect: Connect, sandbox: Sandbox, guild: Guild
) -> None:
    for number in range(2000):
        user = User(sandbox.world.snowflake(), f"extra{number}")
        guild.members[user.id] = Member(user, sandbox.clock.now())
    client = await connect()
    members = await client.guilds[0].chunk()
    assert len(members) == len(guild.members)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.guilds[0].chunk(), 0.2)
