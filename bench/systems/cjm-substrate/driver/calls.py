"""What goes to a worker through its proxy, without a queue: calls, records, streams; and how a worker starts."""

import asyncio
import json
import time

from cjm_substrate.core.manager import CapabilityLoadSpec
from host import TOOL
from measuring import Stopwatch, median, pss, rss


class Calls:
    def __init__(self, host):
        self.host = host
        self.given = {}

    async def call(self, bytes, count):
        """Microseconds of a call that takes and returns a text, in a body of so many bytes."""
        proxy = (await self.host.open()).proxy
        text = "x" * max(bytes - 11, 0)
        return await timed(count, lambda: proxy.execute_async(action="echo", text=text))

    async def records(self, bytes, count):
        """Milliseconds of a call with JSON records of so many bytes, there and back."""
        proxy = (await self.host.open()).proxy
        records = self.given.setdefault(bytes, records_of(bytes))

        async def there_and_back():
            assert len(await proxy.execute_async(action="records", records=records)) == len(records)

        sample = await timed(count, there_and_back)
        return {**sample, "wall": sample["wall"] / 1000}

    async def in_flight(self, count, width):
        """Calls a second with so many in flight to one worker."""
        proxy = (await self.host.open()).proxy
        left = iter(range(count))
        text = "x" * 89

        async def lane():
            for _ in left:
                await proxy.execute_async(action="echo", text=text)

        watch = Stopwatch()
        await asyncio.gather(*(lane() for _ in range(width)))
        return watch.sample(lambda took: count / took, acts=count)

    async def stream(self, count, size):
        """Chunks a second, and milliseconds to the first."""
        manager = (await self.host.open()).manager
        first = None
        seen = 0
        watch = Stopwatch()
        async for _ in manager.execute_capability_stream(TOOL, count=count, size=size):
            first = first or (time.perf_counter() - watch.start) * 1000
            seen += 1
        assert seen == count, f"{seen} of {count} chunks came"
        return watch.sample(lambda took: count / took, acts=count, firstMs=first)

    async def start(self, workers):
        """Milliseconds until the last of so many workers is ready, and MB of all of them after one call each."""
        manager = self.host.new_manager()
        meta = manager.get_discovered_meta(TOOL)
        ids = [f"worker-{n}" for n in range(workers)]
        watch = Stopwatch()
        specs = [CapabilityLoadSpec(meta, instance_id=each) for each in ids]
        await manager.load_capabilities_concurrent(specs, fail_fast=True)
        sample = watch.sample(lambda took: took * 1000)
        for each in ids:
            await manager.execute_capability_async(each, action="echo", text="x")
        await asyncio.sleep(0.5)
        pids = [manager.instances[each].proxy.process.pid for each in ids]
        held = {"rss": sum(map(rss, pids)), "pss": sum(map(pss, pids))}
        await manager.unload_capabilities_concurrent(ids)
        return {**sample, **held}


async def timed(count, act):
    walls = []
    watch = Stopwatch()
    for _ in range(count):
        start = time.perf_counter()
        await act()
        walls.append((time.perf_counter() - start) * 1e6)
    return watch.sample(lambda _: median(walls), acts=count)


def records_of(size):
    records, total, n = [], 2, 0
    while total < size:
        record = {
            "id": n,
            "start": n * 0.25,
            "end": n * 0.25 + 0.2,
            "text": f"segment number {n} of a recording that goes on and on, word by word",
            "confidence": 0.5 + (n % 50) / 100,
            "tags": ["speech", "en"],
            "speaker": None,
        }
        records.append(record)
        total += len(json.dumps(record, separators=(",", ":"))) + 1
        n += 1
    return records
