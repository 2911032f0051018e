from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.artifacts import FileArtifacts
from jobs.services import NotFound


def writing(text: str):  # type: ignore[no-untyped-def]
    return lambda path: path.write_text(text)


@pytest.fixture
def store(tmp_path: Path) -> FileArtifacts:
    return FileArtifacts(tmp_path / "artifacts")


async def test_a_file_is_there_whole_and_for_the_operator_alone(store: FileArtifacts) -> None:
    made = await store.write("job1", "a.csv", "text/csv", writing("abc"))
    assert (made.size, made.media_type) == (3, "text/csv")
    path = store.path("job1", "a.csv")
    assert path.read_text() == "abc"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [a.name for a in await store.list("job1")] == ["a.csv"]


async def test_a_second_write_replaces_the_first(store: FileArtifacts) -> None:
    await store.write("job1", "a.csv", "text/csv", writing("first"))
    await store.write("job1", "a.csv", "text/csv", writing("second"))
    assert store.path("job1", "a.csv").read_text() == "second"


async def test_a_file_that_fails_half_way_leaves_the_old_one_and_nothing_else(store: FileArtifacts) -> None:
    await store.write("job1", "a.csv", "text/csv", writing("good"))

    def broken(path: Path) -> None:
        path.write_text("hal")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await store.write("job1", "a.csv", "text/csv", broken)
    assert store.path("job1", "a.csv").read_text() == "good"
    assert [p.name for p in store.path("job1", "a.csv").parent.iterdir()] == ["a.csv"]


async def test_what_a_killed_process_left_is_not_listed(store: FileArtifacts) -> None:
    await store.write("job1", "a.csv", "text/csv", writing("x"))
    (store.path("job1", "a.csv").parent / "b.png.unfinished").write_text("half")
    assert [a.name for a in await store.list("job1")] == ["a.csv"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "/etc/passwd", ".hidden", "a\0b", "x" * 200, "ä", "a.unfinished"]
)
async def test_a_name_that_could_lead_elsewhere_is_refused(store: FileArtifacts, name: str) -> None:
    with pytest.raises(ValueError, match="not a plain name"):
        await store.write("job1", name, "text/plain", writing("x"))
    with pytest.raises(ValueError, match="not a plain name"):
        store.path(name, "a.csv")
    with pytest.raises(ValueError, match="not a plain name"):
        await store.delete(name)


async def test_what_is_not_there_is_said(store: FileArtifacts) -> None:
    with pytest.raises(NotFound):
        store.path("job1", "a.csv")
    assert await store.list("job1") == []
    await store.write("job1", "a.csv", "text/csv", writing("x"))
    await store.delete("job1")
    assert await store.list("job1") == []


async def test_unfinished_work_has_a_folder_of_its_own_that_is_gone_afterwards(store: FileArtifacts) -> None:
    await store.write("job1", "a.csv", "text/csv", writing("x"))
    home = store.path("job1", "a.csv").parent
    (home / ".working-killed").mkdir()
    (home / ".working-killed" / "half").write_text("half")
    async with store.working("job1") as folder:
        (folder / "half").write_text("half")
        assert folder.stat().st_mode & 0o777 == 0o700
        assert [path.name for path in home.iterdir() if path.is_dir()] == [folder.name], "what was left is gone"
        assert [a.name for a in await store.list("job1")] == ["a.csv"]
    assert [path.name for path in home.iterdir()] == ["a.csv"]


async def test_what_an_ended_job_left_unfinished_can_be_deleted(store: FileArtifacts) -> None:
    await store.write("job1", "a.csv", "text/csv", writing("x"))
    home = store.path("job1", "a.csv").parent
    (home / ".working-killed").mkdir()
    (home / "b.csv.unfinished").write_text("half")
    await store.tidy("job1")
    await store.tidy("job2")
    assert [path.name for path in home.iterdir()] == ["a.csv"]
