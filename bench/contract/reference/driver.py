"""Drives the published reference through its own proxy. One JSON request a line on stdin, one answer a line.

{"do": "records", "bytes": 100000, "times": 5} -> {"ms": [...], "cpuMs": 1.0}
"""

import asyncio
import gc
import json
import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = tempfile.mkdtemp(prefix="capstan-reference-")
os.environ["CJM_DATA_DIR"] = FOLDER
os.environ["PYTHONPATH"] = HERE

out = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

from cjm_substrate.core.proxy import RemoteCapabilityProxy  # noqa: E402

MANIFEST = {
    "name": "bench-tool",
    "version": "1.0.0",
    "python_path": sys.executable,
    "module": "bench_tool",
    "class": "BenchTool",
}


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


def memory(pid, field="VmRSS"):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    return 0


def pss(pid):
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0


class Driver:
    def __init__(self):
        self.proxy = None
        self.given = {}

    async def use(self):
        if self.proxy is None:
            self.proxy = RemoteCapabilityProxy(MANIFEST)
            self.proxy.initialize({})
        return self.proxy

    async def records(self, bytes, times):
        proxy = await self.use()
        records = self.given.setdefault(bytes, records_of(bytes))
        walls = []
        before = self.cpu_ms()
        for _ in range(times):
            start = time.perf_counter()
            got = await proxy.execute_async(action="records", records=records)
            walls.append((time.perf_counter() - start) * 1000)
            assert len(got) == len(records)
        return {"ms": walls, "cpuMs": (self.cpu_ms() - before) / times}

    def cpu_ms(self):
        """Of both sides so far."""
        with open(f"/proc/{self.proxy.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return time.process_time() * 1000 + (int(fields[11]) + int(fields[12])) * 10

    async def memory(self):
        proxy = await self.use()
        gc.collect()
        return {"worker": memory(proxy.process.pid), "host": memory(os.getpid())}

    async def in_flight(self, count, width):
        proxy = await self.use()
        left = count
        text = "x" * 89

        async def lane():
            nonlocal left
            while left > 0:
                left -= 1
                await proxy.execute_async(action="echo", text=text)

        start = time.perf_counter()
        await asyncio.gather(*(lane() for _ in range(width)))
        return {"perSecond": count / (time.perf_counter() - start)}

    async def stream(self, count, size):
        proxy = await self.use()
        start = time.perf_counter()
        first = None
        async for _ in proxy.execute_stream(count=count, size=size):
            first = first or (time.perf_counter() - start) * 1000
        return {"perSecond": count / (time.perf_counter() - start), "firstMs": first}

    async def idle(self, count):
        others = [RemoteCapabilityProxy({**MANIFEST, "name": f"bench-{n}"}) for n in range(count)]
        for other in others:
            other.initialize({})
            await other.execute_async(action="echo", text="x")
        pids = [other.process.pid for other in others]
        await asyncio.sleep(1)
        answer = {"rss": sum(memory(pid) for pid in pids), "pss": sum(pss(pid) for pid in pids)}
        for other in others:
            other.cleanup()
        return answer

    async def load(self):
        start = time.perf_counter()
        other = RemoteCapabilityProxy({**MANIFEST, "name": "bench-load"})
        other.initialize({})
        took = (time.perf_counter() - start) * 1000
        other.cleanup()
        return {"ms": took}


async def main():
    driver = Driver()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = await getattr(driver, request.pop("do"))(**request)
        except Exception as error:
            answer = {"error": repr(error)}
        out.write(json.dumps(answer) + "\n")
    if driver.proxy is not None:
        driver.proxy.cleanup()


try:
    asyncio.run(main())
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
