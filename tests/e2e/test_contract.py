"""All that the real bot asks and the stand-in answers, against Discord's own document."""

from __future__ import annotations

from jobs.engine.states import State
from tests.contracts.openapi import Contract
from tests.e2e.conftest import Play

ROUTES_SEEN = {
    ("GET", "/users/@me"),
    ("GET", "/oauth2/applications/@me"),
    ("PUT", "/applications/{application_id}/commands"),
    ("POST", "/interactions/{interaction_id}/{token}/callback"),
    ("PATCH", "/webhooks/{webhook_id}/{token}/messages/{message_id}"),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"),
    ("GET", "/guilds/{guild_id}"),
    ("GET", "/guilds/{guild_id}/channels"),
    ("GET", "/guilds/{guild_id}/threads/active"),
    ("GET", "/guilds/{guild_id}/members"),
    ("GET", "/guilds/{guild_id}/members/{user_id}"),
    ("GET", "/channels/{channel_id}/messages"),
    ("POST", "/channels/{channel_id}/messages"),
}


async def test_every_request_and_every_answer_keeps_to_discords_document(play: Play, contract: Contract) -> None:
    _, job_id = await play.start_analysis("2d")
    await play.ended(job_id)
    fault = play.sandbox.faults.add(
        method="GET", route="/channels/{channel_id}/messages", status=403, code=50001, times=1
    )
    other, other_id = await play.start_analysis("9d")
    await play.sandbox.until(lambda: fault.hits)
    other.expire()
    await play.ended(other_id)
    owner = play.guild.owner_id
    for command, options in (("job status", {"id": job_id}), ("job list", {}), ("job cancel", {"id": job_id})):
        await (await play.sandbox.slash(command, options, user=owner)).said()
    await play.sandbox.autocomplete("job status", {"id": ""}, focused="id", user=owner)
    play.sandbox.faults.add(method="GET", route="/guilds/{guild_id}", status=403, code=50001, times=1)
    _, failing = await play.start_analysis("3d")
    assert (await play.ended(failing)).state is State.FAILED
    problems = []
    for record in play.sandbox.requests:
        problems += contract.check_request(record.method, record.path, record.query, record.body)
        if record.status < 400:
            problems += contract.check_answer(record.method, record.path, record.status, record.response)
    assert problems == []
    assert {(record.method, record.route) for record in play.sandbox.requests} >= ROUTES_SEEN
