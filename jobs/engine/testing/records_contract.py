"""What the records of every backend must do; part of the backends' contract suite."""

from __future__ import annotations

import pytest

from jobs.engine.errors import RecordConflict
from jobs.engine.testing.watcher import CLOCK, Store, opened


class RecordsContract:
    """Inherited by `BackendContract`."""

    async def test_a_record_is_written_only_on_the_version_it_expects(self, store: Store) -> None:
        async with opened(store) as (backend, _):
            records = backend.records
            first = await records.put("kind", "key", [1], expect=0)
            assert first.version == 1
            with pytest.raises(RecordConflict):
                await records.put("kind", "key", [2], expect=0)
            assert (await records.put("kind", "key", [2], expect=1, lane="a")).version == 2
            await records.put("kind", "later", 3)
            assert [r.key for r in await records.find("kind", after="key")] == ["later"]
            assert [r.value for r in await records.find("kind", lane="a")] == [[2]]
            with pytest.raises(RecordConflict):
                await records.delete("kind", "key", expect=1)
            assert await records.delete("kind", "key")
            assert not await records.delete("kind", "key")
            await records.put("kind", "short", 1, expires_at=CLOCK.now() - 1)
            assert await records.get("kind", "short") is None
