"""A host of cjm-substrate as its documentation sets one up: manager, queue, capability, in a folder of its own."""

import os
import sys
from pathlib import Path

from cjm_substrate.core.manager import CapabilityManager
from cjm_substrate.core.manifest_format import (
    CodeSection,
    DriftTracking,
    InstallSection,
    ManifestV2,
    compute_config_schema_hash,
    write_manifest,
)
from cjm_substrate.core.queue import JobQueue, JobStatus

TOOL = "bench-tool"


class Host:
    def __init__(self, folder):
        self.manifests = Path(folder) / "manifests"
        self.manifests.mkdir(parents=True, exist_ok=True)
        write_manifest(self.manifests / f"{TOOL}.json", manifest())
        self.manager = None
        self.queue = None

    async def open(self):
        """The queue runs and its one worker is warm."""
        if self.queue is None:
            self.manager = self.new_manager()
            if not self.manager.load_capability(self.manager.get_discovered_meta(TOOL)):
                raise RuntimeError(f"{TOOL} did not load")
            self.queue = JobQueue(deps=self.manager)
            await self.queue.start()
            for _ in range(2):  # the first run of a configuration is its measurement, alone
                await self.run()
        return self

    def new_manager(self):
        manager = CapabilityManager(search_paths=[self.manifests])
        manager.discover_manifests()
        return manager

    @property
    def proxy(self):
        return self.manager.get_capability(TOOL)

    async def run(self, **inputs):
        return await self.ended(await self.queue.submit(TOOL, **inputs))

    async def ended(self, job_id):
        job = await self.queue.wait_for_job(job_id)
        if job.status != JobStatus.completed:
            raise RuntimeError(f"a job ended {job.status.value}: {job.error}")
        return job.result


def manifest():
    here = os.path.dirname(os.path.abspath(__file__))
    return ManifestV2(
        install=InstallSection(python_path=sys.executable, env_vars={"PYTHONPATH": here}),
        code=CodeSection(
            name=TOOL,
            version="1.0.0",
            description="What it is measured with",
            module="bench_tool",
            class_name="BenchTool",
        ),
        drift_tracking=DriftTracking(config_schema_hash=compute_config_schema_hash({})),
    )
