"""A member's lines are taken out of files of every kind that jobs make; what cannot be rewritten says so."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from bot.privacy import files
from bot.privacy.subject import ERASED, Subject

WHO, OTHER = 123456789012345678, 223456789012345678
SUBJECT = Subject(WHO)


def rewritten(path: Path) -> Path:
    new = path.with_name("new.unfinished")
    assert files.names(path, SUBJECT)
    files.rewrite(path, new, SUBJECT)
    return new


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_loses_the_members_rows_and_keeps_its_mark(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "members.csv"
    rows = [["id", "name", "seen by"], [f"id:{WHO}", "'=Ada", ""], [f"id:{OTHER}", 'Bo, "B"\n', f"<@{WHO}> and me"]]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    assert list(files.rows_of(path, SUBJECT)) == [{"id": f"id:{WHO}", "name": "'=Ada", "seen by": ""}]
    new = rewritten(path)
    with new.open(encoding=encoding, newline="") as file:
        assert list(csv.reader(file)) == [rows[0], [rows[2][0], rows[2][1], f"{ERASED} and me"]]
    assert new.read_bytes().startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")


def test_a_workbook_loses_the_members_rows_and_another_program_reads_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "members.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        for name in ("Members", "Inactive"):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, ["id", "name", "n"])
            for row in range(1, 3001):
                id_ = {7: WHO, 8: int(f"{WHO}9")}.get(row, OTHER + row)
                sheet.write_string(row, 0, str(id_))
                sheet.write_string(row, 1, f"Ä & <{row}>")
                sheet.write_number(row, 2, row)
            sheet.autofilter(0, 0, 3000, 2)
    before = openpyxl.load_workbook(path)
    new = rewritten(path)
    after = openpyxl.load_workbook(new.rename(tmp_path / "new.xlsx"))
    assert after.sheetnames == ["Members", "Inactive"]
    for sheet in after:
        kept = [row for row in sheet.iter_rows(values_only=True) if any(cell is not None for cell in row)]
        wanted = [row for row in before[sheet.title].iter_rows(values_only=True) if row[0] != str(WHO)]
        assert kept == wanted
        assert sheet.freeze_panes == "A2"


def test_a_workbook_that_keeps_its_texts_in_one_place_cannot_be_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "shared.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write_string(0, 0, str(WHO))
    with pytest.raises(files.CannotRewrite):
        rewritten(path)


def test_json_loses_entries_and_lines(tmp_path: Path) -> None:
    entries = [{"id": str(WHO)}, {"id": str(OTHER)}]
    one, lines = tmp_path / "a.json", tmp_path / "a.ndjson"
    one.write_text(json.dumps({"members": entries}))
    lines.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    assert json.loads(rewritten(one).read_text()) == {"members": entries[1:]}
    assert [json.loads(line) for line in rewritten(lines).read_text().splitlines()] == entries[1:]


def test_a_page_loses_the_rows_of_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(f"<table><tr><th>id</th></tr><tr class='x'><td>{WHO}</td></tr><tr><td>{OTHER}</td></tr></table>")
    assert rewritten(path).read_text() == f"<table><tr><th>id</th></tr><tr><td>{OTHER}</td></tr></table>"


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("report.html", lambda path: path.write_text(f"<script>const data = [{WHO}]</script>")),
        ("all.pdf", lambda path: path.write_bytes(b"%PDF")),
        ("all.db", lambda path: path.write_bytes(b"SQLite format 3")),
        ("cut.json", lambda path: path.write_text(f'{{"id": "{WHO}"')),
        ("notes.md", lambda path: path.write_text(f"{WHO}")),
        ("broken.csv", lambda path: path.write_bytes(f"{WHO}\xff".encode("latin-1"))),
    ],
)
def test_what_cannot_be_rewritten_or_looked_into_says_so(
    tmp_path: Path, name: str, write: Callable[[Path], object]
) -> None:
    write(tmp_path / name)
    with pytest.raises(files.CannotRewrite):
        rewritten(tmp_path / name)


def test_files_that_do_not_name_the_member_are_left_alone(tmp_path: Path) -> None:
    for name in ("a.csv", "a.json", "a.html"):
        (tmp_path / name).write_text(f"{OTHER}")
        assert not files.names(tmp_path / name, SUBJECT)
    (tmp_path / "chart.png").write_bytes(b"\x89PNG")
    assert not files.names(tmp_path / "chart.png", SUBJECT)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", f"<row r='1'>{OTHER}</row>")
    assert not files.names(tmp_path / "a.xlsx", SUBJECT)


def test_an_id_on_the_edge_of_two_pieces_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    for text, is_there in (
        (f"xxxx{WHO}yyyy", True),
        (f"{WHO}", True),
        (f"{WHO}x{WHO}", True),
        (f"x{WHO}", True),
        (f"9{WHO}x{WHO}9", False),
        (f"{WHO}9", False),
        ("", False),
    ):
        path.write_text(text)
        for size in range(1, 50):
            monkeypatch.setattr(files, "CHUNK", size)
            assert files.names(path, SUBJECT) == is_there, (text, size)
