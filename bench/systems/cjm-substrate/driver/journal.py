"""Its journal, through its own store: append one row, read the newest hundred."""

import json
import uuid
from datetime import datetime, timezone
from pathlib import Path

from cjm_substrate.core.journal_store import JournalEvent, LocalJournalStore
from calls import timed


class Journals:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.stores = {}

    async def journal_append(self, rows, count=200):
        store = self.of(rows)

        async def append():
            store.append(event(0))

        return await timed(count, append)

    async def journal_query(self, rows, count=50):
        store = self.of(rows)

        async def query():
            assert len(store.query(limit=100, descending=True)) == 100

        return await timed(count, query)

    def of(self, rows):
        """A journal of so many rows, written into its own table many at once: its own append commits each."""
        if rows not in self.stores:
            store = LocalJournalStore(self.folder / f"journal-{rows}.db")
            store.append(event(0))
            with store._conn() as connection:
                connection.executemany(
                    "INSERT INTO journal (event_id, ts, event_type, job_id, capability_name,"
                    " worker_session_id, worker_reported, payload) VALUES (?,?,?,?,?,?,?,?)",
                    (row(n) for n in range(1, rows)),
                )
                connection.commit()
            self.stores[rows] = store
        return self.stores[rows]


def event(n):
    return JournalEvent(
        event_type="task_account",
        worker_reported=True,
        job_id=job_of(n),
        capability_name="bench-tool",
        worker_session_id="wrk_000000000000000000",
        payload=payload(n),
    )


def row(n):
    now = datetime.now(timezone.utc).isoformat()
    session = "wrk_000000000000000000"
    return (str(uuid.uuid4()), now, "task_account", job_of(n), "bench-tool", session, 1, json.dumps(payload(n)))


def job_of(n):
    return f"job_{n % 5000:018}"


def payload(n):
    return {"type": "usage", "payload": {"tokens": n, "model": "a-model-of-some-name"}}

