"""Jobs that are being asked for: what was answered until now, kept in the records until it is used.

Knows no component. Invariant: what was typed outlives a restart, a draft makes at most one job, and it is shown
to nobody but the person who began it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from bot.forms import SLOTS, Question, questions_of, wrong_in
from bot.guards import Caller
from bot.languages import Words
from bot.problems import Problem
from bot.reporter.message import Notify
from jobs.engine.clock import Clock
from jobs.engine.model import JsonObject, JsonValue, new_id
from jobs.engine.records import Record, Records
from jobs.engine.registry import JobType, Registry

KIND = "draft"
LIFE_MS = 60 * 60_000
"""From the last answer."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A job that is not asked for yet."""

    type_name: str
    guild_id: int
    owner: int
    answers: JsonObject
    """By field, right or wrong; what the command gave is among them."""
    open: tuple[str, ...]
    """Fields that are to be asked, in order."""
    private: bool = False
    notify: Notify = "always"
    asked: tuple[str, ...] = ()
    files: JsonObject | None = None
    """Names of the files whose text is among the answers, by field."""
    key: str = ""

    def questions(self, type_: JobType) -> list[Question]:
        """Those that are to be asked. A field that the type does not have any more is left out."""
        known = {question.name: question for question in questions_of(type_.model)}
        return [known[name] for name in self.open if name in known]

    def pages(self, type_: JobType) -> list[list[Question]]:
        """The questions in portions that fit into one form."""
        questions = self.questions(type_)
        return [questions[at : at + SLOTS] for at in range(0, len(questions), SLOTS)]

    def left(self, type_: JobType) -> list[Question]:
        """What was not asked yet."""
        return [question for question in self.questions(type_) if question.name not in self.asked]

    def wrong(self, type_: JobType, words: Words) -> dict[str, str]:
        """What cannot be used, as sentences by field; see `bot.forms.wrong_in`."""
        asked = self.asked if self.left(type_) else tuple(type_.model.model_fields)
        return wrong_in(type_.model, self.questions(type_), self.answers, asked, words.within(type_))

    def file(self, name: str) -> str:
        """Name of the file whose text answers a question."""
        return str((self.files or {}).get(name) or "")

    def answered(
        self, questions: Sequence[Question], given: dict[str, JsonValue], files: dict[str, JsonValue]
    ) -> Draft:
        """With the answers of one form in place of those before; a file that was not sent again stays."""
        names = {question.name for question in questions}
        kept = {
            question.name
            for question in questions
            if question.kind == "file" and question.name not in files and question.name in self.answers
        }
        answers = {name: value for name, value in self.answers.items() if name not in names or name in kept}
        for question in questions:
            if question.name in kept:
                continue
            value = given.get(question.name)
            # Nothing is an answer where the model takes it; elsewhere the model's own default stands.
            if value is not None or question.nullable:
                answers[question.name] = value
        asked = (*self.asked, *(name for name in self.open if name in names and name not in self.asked))
        return replace(self, answers=answers, asked=asked, files={**(self.files or {}), **files})


class Drafts:
    """Drafts in the records."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def keep(self, draft: Draft) -> Draft:
        """Store it, with a key of its own if it has none."""
        kept = draft if draft.key else replace(draft, key=new_id())
        value: JsonObject = asdict(kept)
        expires_at = self._clock.now() + LIFE_MS
        await self._records.put(KIND, kept.key, value, lane=str(kept.guild_id), expires_at=expires_at)
        return kept

    async def find(self, key: str, caller: Caller, registry: Registry) -> tuple[Draft, JobType]:
        """The caller's own draft and its type. Raises `Problem`."""
        record = await self._records.get(KIND, key)
        draft = _load(record) if record else None
        if draft is None or draft.guild_id != caller.guild_id:
            raise Problem("form-gone")
        if draft.owner != caller.user_id:
            raise Problem("form-others")
        if draft.type_name not in registry:
            raise Problem("type-gone")
        return draft, registry.get(draft.type_name)

    async def take(self, draft: Draft) -> bool:
        """Remove it. False when somebody, or a second press, did so before."""
        return await self._records.delete(KIND, draft.key)


def _load(record: Record) -> Draft | None:
    value = record.value
    if not isinstance(value, dict):
        return None
    try:
        draft = Draft(**value)  # type: ignore[arg-type]
    except TypeError:
        # Kept by another version.
        return None
    return replace(draft, open=tuple(draft.open), asked=tuple(draft.asked))
