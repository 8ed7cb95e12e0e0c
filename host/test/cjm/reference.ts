import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Frame, JsonObject } from '@capstan/protocol';
import {
  buildEnvironment,
  contentHash,
  Machine,
  planEnvironment,
} from '../../src/environments/index.ts';
import {
  type CallRequest,
  Guard,
  type LiveWorker,
  type OutputLine,
  startWorker,
  type WorkerSpec,
} from '../../src/workers/index.ts';
import { pathsIn } from '../environments/workbench.ts';

/** The published packages that the tests are held against. */
export const published = {
  substrate: 'cjm-substrate==0.0.74',
  ffmpeg: 'cjm-capability-ffmpeg==0.0.28',
  monitor: 'cjm-capability-monitor-nvidia==0.0.26',
  mediaAdapter: 'cjm-media-processing-adapter-interface==0.0.7',
};

/** A capability of ours, written against the published package. */
export const probeSource = join(import.meta.dirname, '..', 'fixtures', 'cjm');

/** An environment with the published worker and our probe, built once for a file of tests. */
export class Reference {
  readonly folder: string;
  readonly python: string;

  private constructor(folder: string, python: string) {
    this.folder = folder;
    this.python = python;
  }

  static async install(): Promise<Reference> {
    const folder = mkdtempSync(join(tmpdir(), 'capstan-cjm-'));
    const machine = new Machine(process.env, pathsIn(folder));
    const plan = await planEnvironment(
      {
        kind: 'venv',
        python: '>=3.11',
        requirements: [published.substrate],
        constraints: [],
        files: [{ path: probeSource, sha256: await contentHash(probeSource) }],
        lock: null,
        ignoreRequiresPython: true,
      },
      machine,
    );
    const built = await buildEnvironment(plan, machine);
    return new Reference(folder, built.record.interpreter);
  }

  /** A file outside of every worker's folders, with that text in it. */
  outsideFile(text: string): string {
    const path = join(this.folder, 'outside.txt');
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Starts the published worker with the probe; it is killed at the end of the test. */
  async start(
    t: TestContext,
    more: Partial<WorkerSpec['start']> = {},
    spec: Partial<WorkerSpec> = {},
  ): Promise<Started> {
    const own = mkdtempSync(join(this.folder, 'worker-'));
    const dirs = {
      data: join(own, 'data', 'probe'),
      models: join(own, 'models'),
      calls: join(own, 'calls'),
    };
    await mkdir(dirs.data, { recursive: true });
    const guard = new Guard({ hostId: `host_${process.pid}_${Math.random()}`, workspace: 'test' });
    t.after(() => guard.close());
    const output: OutputLine[] = [];
    const worker = await startWorker({
      dialect: 'cjm',
      label: 'probe',
      command: [this.python, '-I', '-u', '-m', 'cjm_substrate.core.worker'],
      cwd: dirs.data,
      env: { PATH: process.env['PATH'] ?? '', HOME: own },
      runtimeDir: own,
      guard,
      start: {
        module: 'capstan_cjm_probe.capability',
        class: 'Probe',
        adapters: ['capstan_cjm_probe.adapter:ProbeAdapter'],
        dirs,
        secrets: {},
        logLevel: 'info',
        ...more,
      },
      onOutput: (line) => output.push(line),
      ...spec,
    });
    t.after(() => worker.stop({ cleanupMs: 0, stdinMs: 0, termMs: 0 }));
    return new Started(worker, output, dirs);
  }

  /** As `start`, and initialized. */
  async ready(t: TestContext, config: JsonObject = {}): Promise<Started> {
    const started = await this.start(t);
    await started.worker.request('POST', '/initialize', config);
    return started;
  }
}

let calls = 0;

/** A worker of a test, and all it told. */
export class Started {
  readonly worker: LiveWorker;
  readonly output: OutputLine[];
  readonly dirs: { data: string; models: string; calls: string };
  readonly frames: Frame[] = [];

  constructor(worker: LiveWorker, output: OutputLine[], dirs: Started['dirs']) {
    this.worker = worker;
    this.output = output;
    this.dirs = dirs;
  }

  call(action: string, kwargs: JsonObject = {}, more: Partial<CallRequest> = {}) {
    calls += 1;
    return this.worker.call({
      callId: `call_${calls}`,
      target: { action },
      kwargs,
      onFrame: (frame) => void this.frames.push(frame),
      ...more,
    });
  }

  /** What it told of one kind. */
  told<Event extends Frame['event']>(event: Event): Extract<Frame, { event: Event }>[] {
    return this.frames.filter(
      (frame): frame is Extract<Frame, { event: Event }> => frame.event === event,
    );
  }
}
