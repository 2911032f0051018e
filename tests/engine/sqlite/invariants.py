"""What must hold of a file whenever nobody runs on it, whatever was done to the processes that did.

`Books` reads the file and a diary that the handlers kept themselves (`start`, `end`, each with the process and the
job), which knows what really happened whatever the file says.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

from jobs.engine.events import EventType
from jobs.engine.states import FINAL, INITIAL, State, is_legal

AFTER: dict[EventType, frozenset[State]] = {
    EventType.JOB_ENQUEUED: INITIAL,
    EventType.JOB_STARTED: frozenset({State.ACTIVE}),
    EventType.JOB_RETRY: frozenset({State.DELAYED, State.WAITING}),
    EventType.JOB_DEFERRED: frozenset({State.DELAYED, State.WAITING}),
    EventType.JOB_PAUSED: frozenset({State.PAUSED}),
    EventType.JOB_RESUMED: frozenset({State.WAITING, State.DELAYED, State.BLOCKED}),
    EventType.JOB_RELEASED: frozenset({State.WAITING}),
    EventType.JOB_UNBLOCKED: frozenset({State.WAITING, State.DELAYED}),
    EventType.JOB_COMPLETED: frozenset({State.COMPLETED}),
    EventType.JOB_FAILED: frozenset({State.FAILED}),
    EventType.JOB_CANCELLED: frozenset({State.CANCELLED}),
}
"""Where an event leaves a job. A delay that is over makes no event."""
MARKS = {EventType.JOB_CANCELLING, EventType.JOB_STUCK}
FINAL_LIST = "('completed', 'failed', 'cancelled')"


def due(states: frozenset[State]) -> frozenset[State]:
    return states | {State.WAITING} if State.DELAYED in states else states


class Books:
    """One file and its diary."""

    def __init__(self, path: Path, diary: Path) -> None:
        self._path = path
        self._diary = diary

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()

    def lines(self, *words: str) -> list[list[str]]:
        return [line for line in map(str.split, self._diary.read_text().splitlines()) if line[0] in words]

    def check(self, acknowledged: set[str]) -> None:
        """Raises `AssertionError` for the first that does not hold."""
        jobs = {
            row[0]: row[1:]
            for row in self.rows("SELECT id, state, attempts, crashes, coalesce(policy ->> 'max_attempts', 4) FROM job")
        }
        assert acknowledged <= set(jobs), "an acknowledged job is there"
        self._transitions({id_: State(job[0]) for id_, job in jobs.items()})
        self._runs(jobs)
        assert self.rows("SELECT id FROM job WHERE state = 'active'") == [], "nobody runs it"
        assert (
            self.rows(
                "SELECT id FROM job WHERE state = 'completed' AND (result IS NULL OR (SELECT count(*) FROM event "
                "WHERE job = job.id AND type = 'job_completed') <> 1)"
            )
            == []
        ), "a completed job has its result, and its end stands in the log once"
        assert self.rows("SELECT labels FROM job WHERE type = 'delivery' GROUP BY labels HAVING count(*) > 1") == [], (
            "what an end owes is stored once"
        )
        assert (
            self.rows(
                f"SELECT key FROM job WHERE key IS NOT NULL AND state NOT IN {FINAL_LIST} GROUP BY key HAVING count(*) > 1"
            )
            == []
        )
        assert self.rows("PRAGMA integrity_check") == [("ok",)]
        assert self.rows("PRAGMA foreign_key_check") == []
        assert self.rows("SELECT count(*) FROM event WHERE type = 'job_enqueued'") == [(len(jobs),)]
        assert (
            self.rows(
                "SELECT * FROM lane WHERE waiting <> (SELECT count(*) FROM job WHERE state = 'waiting' "
                "AND job.type = lane.type AND job.lane = lane.lane AND job.priority = lane.priority)"
            )
            == []
        ), "no lane's counter has drifted"
        assert (
            self.rows(
                "SELECT type, lane, priority FROM job WHERE state = 'waiting' EXCEPT SELECT type, lane, priority "
                "FROM lane WHERE open = 1"
            )
            == []
        ), "whatever waits lies in a lane that is open"

    def finished(self) -> set[str]:
        return {row[0] for row in self.rows("SELECT id FROM job WHERE completed_at IS NOT NULL")}

    def started(self) -> Counter[str]:
        return Counter(line[2] for line in self.lines("start"))

    def _transitions(self, states: dict[str, State]) -> None:
        """Every event leads along an edge, and the last one to where the job stands."""
        at: dict[str, frozenset[State]] = {}
        for job_id, word in self.rows("SELECT job, type FROM event WHERE job IS NOT NULL ORDER BY cursor"):
            type_ = EventType(word)
            if type_ in MARKS:
                assert State.ACTIVE in at[job_id], (job_id, word)
                continue
            after = AFTER[type_]
            if job_id in at:
                before = due(at[job_id])
                after = frozenset(t for t in after if any(is_legal(s, t) for s in before))
                assert after, f"{job_id}: {word} after {sorted(before)}"
            else:
                assert type_ is EventType.JOB_ENQUEUED, (job_id, word)
            at[job_id] = after
        for job_id, state in states.items():
            assert state in due(at[job_id]), f"{job_id} is {state}, its last event left it in {sorted(at[job_id])}"

    def _runs(self, jobs: dict[str, tuple[Any, ...]]) -> None:
        """No run is there that the file does not know of, and no two of one job at once."""
        for job_id, runs in self.started().items():
            _, attempts, crashes, _ = jobs[job_id]
            assert runs <= attempts + crashes, f"{job_id} ran {runs} times: {attempts} attempts, {crashes} crashes"
        for job_id, (state, attempts, _, most) in jobs.items():
            assert 0 <= attempts <= int(most), (job_id, state, attempts)
        running: defaultdict[str, set[str]] = defaultdict(set)
        for word, process, job_id, *_ in self.lines("start", "end"):
            if word == "end":
                running[process].discard(job_id)
                continue
            assert job_id not in running[process], f"two runs of {job_id} at once"
            running[process].add(job_id)


assert frozenset(State) == FINAL | {state for states in AFTER.values() for state in states}
