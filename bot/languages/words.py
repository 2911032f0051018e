"""What is said to people, in one language: sentences by key, numbers, days and durations.

Knows no job and no Discord. Invariant: what a language lacks is said in English, and a text that no catalogue
knows is shown as it is.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale

from bot.languages.catalogue import Catalogue, read_catalogue
from jobs.engine.registry import JobType
from jobs.engine.states import State

log = logging.getLogger(__name__)

HOME = Path(__file__).parent
"""The bot's own catalogues; a file more is a language more."""
ENGLISH = "en"
_NUMBER = re.compile(r"\d{1,3}(,\d{3})*(\.\d+)?")


class Sentence:
    """A sentence that is not said yet: its key and what is put into it. It can itself be put into another one."""

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values

    def __call__(self, words: Words) -> str:
        return words(self.key, **self.values)


class Words:
    """See the module and `jobs.report.Words`. `folder` holds the catalogues of one job type, besides the bot's.

    Job types and states can be put into a sentence as they are, and so can functions that make a text of words.
    """

    def __init__(self, language: str, folder: Path | None = None) -> None:
        self.language = language
        self._folder = folder
        self._english = [*_catalogues(folder, ENGLISH), *_catalogues(HOME, ENGLISH)]
        self._chain = [*_catalogues(folder, language), *_catalogues(HOME, language), *self._english]
        self._locale = Locale.parse(language, sep="-")
        symbols = self._locale.number_symbols["latn"]
        self._marks = str.maketrans({",": symbols["group"], ".": symbols["decimal"]})

    def __call__(self, key: str, /, **values: object) -> str:
        text = self.find(key, **values)
        if text is None:
            log.error("no catalogue has the sentence %s", key)
            return key
        return text

    def __reduce__(self) -> tuple[Callable[[str, Path | None], Words], tuple[str, Path | None]]:
        """To another process goes which words they are; it reads the catalogues itself."""
        return _words, (self.language, self._folder)

    def find(self, key: str, /, **values: object) -> str | None:
        """The sentence, or None when there is none."""
        for catalogue in self._chain:
            if key in catalogue:
                return catalogue.say(key, {name: self._put(value) for name, value in values.items()})
        return None

    def _put(self, value: object) -> object:
        """What stands in a sentence for `value`: the title of a job type, the word for a state."""
        if isinstance(value, JobType):
            return self.title(value)
        if isinstance(value, State):
            return self(f"state-{value}")
        return value(self) if callable(value) else value

    def of(self, text: str) -> str:
        """What the engine or a job type wrote down in English, in this language; other text as it is."""
        if self.language == ENGLISH:
            return text
        for catalogue in self._english:
            if found := catalogue.key_of(text):
                key, values = found
                return self(key, **{name: self._value(value) for name, value in values.items()})
        return text

    def _value(self, text: str) -> str:
        return text.translate(self._marks) if _NUMBER.fullmatch(text) else self.of(text)

    def within(self, type_: JobType | None) -> Words:
        """The same language with the words of a job type."""
        return self if type_ is None or type_.languages is None else self.beside(Path(type_.languages))

    def beside(self, folder: Path) -> Words:
        """The same language with the catalogues of a folder."""
        return _words(self.language, folder)

    def title(self, type_: JobType) -> str:
        """Of a job type."""
        within = self.within(type_)
        return within.find(f"title-{type_.name}") or within.find("title") or type_.title

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """`12,240`; with `signed`, `+8`."""
        text = f"{value:+,.{decimals}f}" if signed else f"{value:,.{decimals}f}"
        return text.translate(self._marks)

    def ordinal(self, value: int) -> str:
        """Which form of `1st`, `2nd` … the language uses: `one`, `two`, `few`, `other` …"""
        return self._locale.ordinal_form(value)

    def count(self, value: int, unit: str) -> str:
        """`12,240 messages`."""
        return f"{self.number(value)} {unit}".strip()

    def day(self, day: date, *, year: bool = False) -> str:
        """`1 Oct`; with `year`, `1 Oct 2026`."""
        month = self._locale.months["format"]["abbreviated"][day.month]
        if year:
            return self("date-of-year", day=str(day.day), month=month, year=str(day.year))
        return self("date", day=str(day.day), month=month)

    def weekday(self, number: int, *, short: bool = False) -> str:
        """0 is Monday; with `short`, `Mon`."""
        return str(self._locale.days["format"]["abbreviated" if short else "wide"][number])

    def duration(self, seconds: float) -> str:
        """`12 s`, `1 min 12 s`, `3 h 5 min`, `2 d 4 h`."""
        whole = max(0, round(seconds))
        for size, name, below, part in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
            if whole >= size:
                rest = whole % size // below
                text = self(f"duration-{name}", n=whole // size)
                return f"{text} {self(f'duration-{part}', n=rest)}" if rest else text
        return self("duration-s", n=whole)

    def about(self, seconds: float) -> str:
        """A duration as an estimate deserves it: no seconds behind minutes."""
        if seconds < 60:
            return self.duration(max(5, round(seconds / 5) * 5))
        if seconds < 3600:
            return self.duration(round(seconds / 60) * 60)
        return self.duration(round(seconds / 600) * 600)

    def ago(self, seconds: float) -> str:
        """`just now`, `5 min ago`, `3 d ago`, for places where Discord's own timestamps cannot tick."""
        if seconds < 60:
            return self("just-now")
        size = next(size for size in (86_400, 3600, 60) if seconds >= size)
        return self("ago", duration=self.duration(seconds // size * size))


def _catalogues(folder: Path | None, language: str) -> Iterator[Catalogue]:
    if folder is not None and (found := read_catalogue(folder, language)) is not None:
        yield found


@lru_cache(maxsize=256)
def _words(language: str, folder: Path | None = None) -> Words:
    return Words(language, folder)


@cache
def languages() -> Mapping[str, str]:
    """The languages there are, by Discord's name for them, each with its own name for itself."""
    found = {path.stem: Words(path.stem)("language-name") for path in sorted(HOME.glob("*.ftl"))}
    return {ENGLISH: found.pop(ENGLISH), **found}


def language_of(*wanted: str | None) -> str:
    """The first of `wanted` that there is: `id` for `id`, `en` for `en-GB`; English without any."""
    for locale in wanted:
        for tag in (locale, locale.split("-")[0]) if locale else ():
            if tag in languages():
                return tag
    return ENGLISH


def words_in(*wanted: str | None) -> Words:
    """The words of `language_of(*wanted)`."""
    return _words(language_of(*wanted))


def words_of_job(context: Mapping[str, object], folder: Path) -> Words:
    """See `jobs.services.Services.words`."""
    language = context.get("language")
    return words_in(str(language) if language else None).beside(folder)
