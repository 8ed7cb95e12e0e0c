"""What goes through its queue: single jobs, many at once, compositions, cancels."""

import asyncio
import gc
import os
import time

from cjm_substrate.core.ports import Composition, CompositionNode, OutputRef
from cjm_substrate.core.queue import JobStatus
from host import TOOL
from measuring import Stopwatch, median, rss


class Jobs:
    def __init__(self, host):
        self.host = host
        self.cancels = 0

    async def one_job(self, count):
        """Microseconds from the submit to the observed end, one after the other."""
        await self.host.open()
        walls = []
        watch = Stopwatch()
        for n in range(count):
            start = time.perf_counter()
            await self.host.run(action="nothing", n=n)
            walls.append((time.perf_counter() - start) * 1e6)
        return watch.sample(lambda _: median(walls), acts=count)

    async def burst(self, count, width):
        """Jobs a second with so many in flight."""
        await self.host.open()
        left = iter(range(count))

        async def lane():
            for n in left:
                await self.host.run(action="nothing", n=n)

        watch = Stopwatch()
        await asyncio.gather(*(lane() for _ in range(width)))
        return watch.sample(lambda took: count / took, acts=count)

    async def drain(self, count, width):
        """Jobs a second where all are handed over first; how many run at once is the queue's own affair."""
        queue = (await self.host.open()).queue
        watch = Stopwatch()
        ids = [await queue.submit(TOOL, action="nothing", n=n) for n in range(count)]
        await asyncio.gather(*(self.host.ended(each) for each in ids))
        return watch.sample(lambda took: count / took, acts=count)

    async def chain(self, length):
        nodes = [node("node-0", n=0)]
        nodes += [node(f"node-{n}", n=OutputRef(f"node-{n - 1}")) for n in range(1, length)]
        return await self.compose(nodes)

    async def fan(self, width):
        wide = [node(f"wide-{n}", n=OutputRef("first")) for n in range(width)]
        waits = {f"after_{n}": OutputRef(each.id) for n, each in enumerate(wide)}
        return await self.compose([node("first", n=0), *wide, node("last", n=1, **waits)])

    async def compose(self, nodes):
        """Milliseconds from the submit of a composition to its end."""
        queue = (await self.host.open()).queue
        watch = Stopwatch()
        run = await queue.wait_for_composition(await queue.submit_composition(Composition(nodes)))
        sample = watch.sample(lambda took: took * 1000)
        if run.status.value != "completed":
            raise RuntimeError(f"the composition ended {run.status.value}")
        return sample

    async def cancel(self, how):
        """Milliseconds from the cancel to the job's end, and the longest stall of the event loop meanwhile."""
        queue = (await self.host.open()).queue
        self.cancels += 1
        mark = (self.cancels % 100 + 1) / 128  # the worker still tells the progress of the call before
        action = "wait" if how == "cooperative" else "ignore"
        job_id = await queue.submit(TOOL, action=action, mark=mark)
        while (await self.host.proxy.get_progress_async())["progress"] != mark:
            await asyncio.sleep(0.01)
        stalls = Stalls()
        watch = Stopwatch()
        await queue.cancel(job_id)
        job = await queue.wait_for_job(job_id)
        sample = watch.sample(lambda took: took * 1000)
        stall = await stalls.longest_ms()
        if job.status != JobStatus.cancelled:
            raise RuntimeError(f"a cancelled job ended {job.status.value}: {job.error}")
        return {**sample, "stallMs": stall}

    async def memory_after(self, jobs, width=8):
        """Resident MB of this process after so many trivial jobs."""
        sample = await self.burst(jobs, width)
        gc.collect()
        return {**sample, "wall": rss(os.getpid())}


def node(id, **inputs):
    return CompositionNode(id, TOOL, {"action": "nothing", **inputs})


class Stalls:
    """How long the event loop was away at most while it was asked to come back every millisecond."""

    def __init__(self):
        self.longest = 0
        self.task = asyncio.create_task(self.watch())

    async def watch(self):
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.perf_counter() - before - 0.001)

    async def longest_ms(self):
        await asyncio.sleep(0.005)
        self.task.cancel()
        return self.longest * 1000
