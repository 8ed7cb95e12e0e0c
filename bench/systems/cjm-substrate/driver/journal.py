"""Its journal, through its own store: append one row, read the newest hundred."""

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
        """A journal of so many rows. They are written into its own table by SQL: its append commits each."""
        if rows not in self.stores:
            store = LocalJournalStore(self.folder / f"journal-{rows}.db")
            store.append(event(0))
            with store._conn() as connection:
                fill(connection, rows)
            self.stores[rows] = store
        return self.stores[rows]


def fill(connection, rows):
    """Rows like those of `event`, with the indexes made once for all of them."""
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.execute(
        """
        INSERT INTO journal (event_id, ts, event_type, job_id, capability_name,
                             worker_session_id, worker_reported, payload)
        WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ? - 1)
        SELECT lower(hex(randomblob(16))), ?, event_type, printf('job_%018d', n % 5000), capability_name,
               worker_session_id, worker_reported, json_set(payload, '$.payload.tokens', n)
        FROM counted, (SELECT * FROM journal LIMIT 1)
        """,
        (rows, datetime.now(timezone.utc).isoformat()),
    )
    for _, sql in indexes:
        connection.execute(sql)
    connection.commit()


def event(n):
    return JournalEvent(
        event_type="task_account",
        worker_reported=True,
        job_id=f"job_{n % 5000:018}",
        capability_name="bench-tool",
        worker_session_id="wrk_000000000000000000",
        payload={"type": "usage", "payload": {"tokens": n, "model": "a-model-of-some-name"}},
    )
