from __future__ import annotations

import re
from pathlib import Path

import pytest
from fluent.syntax import ast as fluent

from bot.forms import questions_of
from bot.forms.fields import choice_label
from bot.languages import languages, words_in
from bot.languages.catalogue import STORED, Catalogue, CatalogueError, read_catalogue
from bot.languages.words import HOME
from jobs.engine.registry import JobType
from jobs.handlers import builtin_types
from tests.languages.sources import ROOT, said_in, texts_in, texts_sent

ENGLISH = words_in()
CODE = (ROOT / "bot", ROOT / "cogs", ROOT / "jobs")
OTHERS = [language for language in languages() if language != "en"]
TYPES = [Path(type_.languages) for type_ in builtin_types() if type_.languages is not None]
FOLDERS = [HOME, *TYPES]
UNNAMED = re.compile(r"title(-.+)?|field-.+|choice-.+|command-.+|language-name")
"""Keys that are looked up by a name which no source text holds."""
ON_CARDS = {"counted-ok"}
"""Keys of a type that stand in the place of the bot's own."""


def catalogue(folder: Path, language: str) -> Catalogue:
    found = read_catalogue(folder, language)
    assert found is not None, f"{folder} has no {language}.ftl"
    return found


def place(folder: Path) -> str:
    return str(folder.relative_to(ROOT))


def code_of(folder: Path) -> tuple[Path, ...]:
    return CODE if folder == HOME else (folder.parent,)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("folder", FOLDERS, ids=place)
def test_every_language_has_the_same_sentences(folder: Path, language: str) -> None:
    english, other = catalogue(folder, "en").patterns.keys(), catalogue(folder, language).patterns.keys()
    assert not english - other, f"{language} lacks sentences"
    assert not other - english, f"{language} has sentences that English lacks"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("folder", FOLDERS, ids=place)
def test_a_sentence_shows_the_same_values_in_every_language(folder: Path, language: str) -> None:
    english, other = catalogue(folder, "en"), catalogue(folder, language)
    differing = {key for key in english.patterns if key in other and english.shown(key) != other.shown(key)}
    assert not differing


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("folder", FOLDERS, ids=place)
def test_commands_and_code_words_are_kept_as_they_are(folder: Path, language: str) -> None:
    """What stands between grave accents is typed by people, and a mark that is not closed shows through."""
    english, other = catalogue(folder, "en").patterns, catalogue(folder, language).patterns
    for key in english.keys() & other.keys():
        ours, theirs = text_of(english[key]), text_of(other[key])
        assert sorted(re.findall(r"`/[^`]+`", ours)) == sorted(re.findall(r"`/[^`]+`", theirs)), key
        assert theirs.count("`") % 2 == 0, key
        assert theirs.count("**") % 2 == 0, key


@pytest.mark.parametrize("folder", FOLDERS, ids=place)
def test_every_sentence_that_is_said_has_its_text_and_its_values(folder: Path) -> None:
    known = {
        key: found.values(key) for at in (HOME, folder) for found in [catalogue(at, "en")] for key in found.patterns
    }
    for said in said_in(code_of(folder)):
        if folder == HOME and any(said.place.startswith(place(types.parent)) for types in TYPES):
            continue
        assert said.key in known, f"{said.place}: no catalogue has {said.key!r}"
        assert said.open or said.values == known[said.key], f"{said.place}: {said.key}"


@pytest.mark.parametrize("folder", FOLDERS, ids=place)
def test_every_sentence_of_a_catalogue_is_said_somewhere(folder: Path) -> None:
    plain, filled = texts_in(code_of(folder))
    names = [re.compile(".+".join(map(re.escape, pieces))) for pieces in filled if re.match(r"[a-z]+-", pieces[0])]
    left = [
        key
        for key in catalogue(folder, "en").patterns
        if not key.startswith(STORED)
        and not UNNAMED.fullmatch(key)
        and (folder == HOME or key not in ON_CARDS)
        and key not in plain
        and not any(name.fullmatch(key) for name in names)
    ]
    assert not left, "nobody says these"


@pytest.mark.parametrize("folder", FOLDERS, ids=place)
def test_what_is_found_by_its_english_text_is_written_down_by_the_code_in_these_very_words(folder: Path) -> None:
    plain, filled = texts_in((ROOT / "bot", ROOT / "cogs", ROOT / "jobs"))
    for key, pattern in catalogue(folder, "en").patterns.items():
        if key.startswith(STORED):
            pieces = tuple(text_of(pattern).split("\0"))
            assert pieces in filled or pieces[0] in plain, f"no code writes {key}: {' … '.join(pieces)}"


def text_of(pattern: fluent.Pattern) -> str:
    """The literal text, with a null character for each value."""
    return "".join(e.value if isinstance(e, fluent.TextElement) else "\0" for e in pattern.elements)


def test_a_file_that_is_no_catalogue_is_refused_and_says_where() -> None:
    with pytest.raises(CatalogueError, match="broken = "):
        Catalogue("id", "good = Baik\nbroken = { $n ->\n")


def test_a_stored_sentence_that_chooses_between_forms_is_refused() -> None:
    catalogue = Catalogue("en", "stored-x = { $n ->\n    [one] a job\n   *[other] jobs\n }")
    with pytest.raises(CatalogueError, match="plain values"):
        catalogue.key_of("a job")


@pytest.mark.parametrize("type_", [t for t in builtin_types() if t.languages is not None], ids=lambda t: t.name)
def test_the_english_words_of_a_type_are_those_of_its_code(type_: JobType) -> None:
    assert type_.languages is not None
    patterns = catalogue(Path(type_.languages), "en").patterns
    named = {key: text_of(pattern) for key, pattern in patterns.items() if UNNAMED.fullmatch(key)}
    if (own := f"title-{type_.name}") in named:
        assert named[own] == type_.title, "a type that has the catalogue of another one"
        return
    expected = {"title": type_.title}
    for question in questions_of(type_.model):
        expected[f"field-{question.name}"] = question.label
        expected[f"field-{question.name}.description"] = question.description
        expected |= {f"choice-{choice}": choice_label(choice, ENGLISH) for choice in question.choices}
    assert {key: text for key, text in named.items() if not key.startswith("title-")} == expected


def test_nothing_is_sent_to_people_that_no_catalogue_has() -> None:
    assert [place for place, _ in texts_sent((ROOT / "bot", ROOT / "cogs"))] == []
