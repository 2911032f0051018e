"""The page of an analysis: what it says, what it does in a browser, and that nothing in it comes from outside."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.async_api import Request

from jobs.activity.store import Count, quarter_of
from jobs.engine.model import Job
from jobs.handlers.member_activity_analysis.page import tables
from jobs.services import Interval, MemberInfo
from tests.browser import WIDTHS, opened_browser
from tests.handlers.test_member_activity_analysis import DAY, DAY_MS, GUILD, HOSTILE, Desk, opened, people, sent

SCRIPT = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
BREAKING = "\"'></td></table>\u202e\x07\ud83d&amp;"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as desk:
        joined = DAY - 50 * DAY_MS
        hostile = [MemberInfo(n, name, False, joined) for n, name in ((300, SCRIPT), (301, BREAKING), (302, "Zed"))]
        desk.discord.people = [*people(), *hostile]
        desk.discord.info = replace(desk.discord.info, name=SCRIPT)
        desk.discord.places = [replace(place, name=SCRIPT) for place in desk.discord.places]
        authors = (100, 101, 300, 300)
        desk.discord.history = {10: sent([(n * 3_600_000, authors[n % 4]) for n in range(40)])}
        await desk.store.add_recorded(
            [Count(GUILD, 13, 100, quarter_of(DAY) + n, voice_ms=900_000) for n in range(6)],
            [(GUILD, Interval(DAY, DAY + 2 * DAY_MS))],
        )
        yield desk


def page_of(desk: Desk, job: Job) -> Path:
    return desk.artifacts.path(job.id, "report.html")


class Reader(HTMLParser):
    """Collects what a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.values: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += f" {data.strip()}"


async def test_the_page_says_what_the_result_says_each_figure_with_its_source(desk: Desk) -> None:
    job = await desk.run()
    assert isinstance(job.result, dict)
    text = " ".join(Reader(page_of(desk, job).read_text("utf-8")).text.split())
    assert f"Messages {job.result['messages']} Seen as they were sent, and read back from the history of 3 of 4" in text
    assert "Active members 3 of 6 Whoever showed any of what was counted." in text
    assert "Hours in voice 1.5 Seen as it happened, since 5 Oct 2026: for 29 % of the time." in text
    assert "Never seen 2 Who wrote nothing, was not in voice, gave no reactions, has been here for 7 days." in text
    assert "I was there to see: 5 Oct 2026 00:00 to 7 Oct 2026 00:00" in text
    assert "5 Oct to 11 Oct 2026 · UTC" in text


async def test_members_and_channels_are_listed_by_what_they_did_each_kind_by_itself(desk: Desk) -> None:
    job = await desk.run()
    lists = re.findall(r"<h2>(Top [^<]*)</h2>\s*(.*?)</section>", page_of(desk, job).read_text("utf-8"), re.DOTALL)
    found = {title: re.findall(r'data-id="(\d+)".*?<td>([\d.,]+)</td>', body, re.DOTALL) for title, body in lists}
    assert found == {
        "Top members by messages": [("300", "20"), ("100", "10"), ("101", "10")],
        "Top channels by messages": [("10", "40")],
        "Top members by hours in voice": [("100", "1.5")],
        "Top channels by hours in voice": [("13", "1.5")],
    }, "nobody stands there with nothing"
    assert "29 % of the time" in lists[2][1], "and each says how far it is known"
    assert "29 % of the time" not in lists[0][1]


async def test_the_page_is_in_the_language_of_whoever_asked(desk: Desk) -> None:
    job = await desk.ended(await desk.queue.enqueue(
        "member-activity-analysis",
        {"guild_id": str(GUILD), "start_date": "2026-10-05", "end_date": "2026-10-11"},
        lane=str(GUILD), context={"language": "id"},
    ))  # fmt: skip
    read = Reader(page_of(desk, job).read_text("utf-8"))
    assert ("lang", "id") in read.values
    assert "Anggota tidak aktif" in read.text


async def test_names_are_text_and_the_page_asks_for_nothing(desk: Desk) -> None:
    text = page_of(desk, await desk.run()).read_text("utf-8")
    read = Reader(text)
    assert read.tags.count("script") == 1
    assert not {"img", "link", "iframe", "object", "a", "base", "form"} & set(read.tags)
    assert not {name for name, _ in read.values if name in ("src", "href", "style") or name.startswith("on")}
    assert "<script>window" in read.text, "shown as it was typed"
    assert HOSTILE in read.text
    assert not re.search(r"url\(|@import|https?:", text)
    policy = next(value for name, value in read.values if "default-src" in value and name == "content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_a_browser_shows_it_whole_and_sorts_its_tables(desk: Desk, width: int, scheme: str) -> None:
    path = page_of(desk, await desk.run())
    async with opened_browser() as browser:
        page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        said: list[str] = []
        asked: list[Request] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request))
        await page.goto(path.as_uri())
        assert [request.url for request in asked] == [path.as_uri()]
        assert await page.evaluate("document.documentElement.scrollWidth") == width, "nothing is wider than the screen"
        assert not await page.evaluate("window.hacked")
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground))) < 300) is (scheme == "dark")
        members = page.locator("table.sortable").first
        names = members.locator("tbody td:first-child")
        first = await names.all_inner_texts()
        assert first[0] == SCRIPT, "most messages first"
        await members.get_by_role("button", name="Name").click()
        assert await names.last.inner_text() == "Zed"
        await members.get_by_role("button", name="Messages").click()
        assert await names.first.inner_text() == SCRIPT
        assert await members.locator("th[aria-sort=descending]").inner_text() == "Messages"
        await members.get_by_role("button", name="Messages").click()
        assert await names.last.inner_text() == SCRIPT
        assert await names.count() == len(first)
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_and_marks_stand_out_from_their_ground(scheme: str) -> None:
    """As WCAG 2.2 asks for: 4.5 to 1 for letters (1.4.3), 3 to 1 for marks (1.4.11)."""
    style = (Path(tables.__file__).parent / "page.css").read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    )
    colors = {**light, **(dark if scheme == "dark" else {})}
    for letters in ("ink", "soft", "bar", "mark", "up", "down"):
        assert contrast(colors[letters], colors["paper"]) >= 4.5, letters
    for letters in ("ink", "soft"):
        assert contrast(colors[letters], colors["ground"]) >= 4.5, letters
    assert contrast(colors["weekend"], colors["paper"]) >= 3
    assert contrast(colors["weekend"], colors["bar"]) >= 1.3, "a weekend is told from a weekday"


def contrast(one: str, other: str) -> float:
    """Of two colours (WCAG 2.2, "contrast ratio")."""
    lights = sorted(map(luminance, (one, other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def luminance(color: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


async def test_a_long_table_is_cut_and_says_so(desk: Desk) -> None:
    joined = DAY - 50 * DAY_MS
    count = tables.MOST_ROWS + 5
    desk.discord.people = [MemberInfo(1000 + n, f"m{n}", False, joined) for n in range(count)]
    text = page_of(desk, await desk.run()).read_text("utf-8")
    # Three who left and were active are among the members, before all others.
    assert f"The first 1,000 of {count + 3:,}; all are in the workbook and in the CSV files." in text
    assert text.count("<td><bdi>m") == 2 * tables.MOST_ROWS - 3


async def test_nothing_known_is_said_in_words_and_nobody_is_named(desk: Desk) -> None:
    desk.discord.places = [replace(place, readable=False) for place in desk.discord.places]
    job = await desk.run(start_date="2026-09-01", end_date="2026-09-02")
    text = Reader(page_of(desk, job).read_text("utf-8")).text
    assert "Nothing is known of this time, which does not mean that nobody was active." in text
    assert "I was not there in this time; what is counted was read back." in text
    assert "Inactive unknown" in " ".join(text.split())
