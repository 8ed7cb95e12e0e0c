import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseDeclarations, type DeclaredInstance } from '../../src/capabilities/index.ts';
import { openHost } from '../../src/host.ts';
import type { Host } from '../../src/host-surface.ts';
import { InstalledCatalog } from '../../src/installed-catalog.ts';
import { isJournaled } from '../../src/queue/index.ts';
import type { JobRow, JournaledEvent } from '../../src/stores/index.ts';
import { Monitor } from '../../src/resources/index.ts';
import { Guard } from '../../src/workers/index.ts';
import { installedFixture } from '../instances/world.ts';

export const gib = 2 ** 30;

/** A machine with GPUs that are none, and room for workspaces on it. */
export class FakeMachine {
  readonly folder: string;
  readonly env: { [name: string]: string };
  readonly #file: string;
  readonly #use: string;
  readonly #monitor: Monitor;

  constructor(t: TestContext, gpus: readonly number[]) {
    this.folder = mkdtempSync(join(tmpdir(), 'cap-gpu-'));
    this.#file = join(this.folder, 'gpus.json');
    this.#use = join(this.folder, 'use');
    mkdirSync(this.#use);
    this.env = {
      HOME: this.folder,
      PATH: process.env['PATH'] ?? '',
      XDG_DATA_HOME: join(this.folder, 'data'),
      XDG_RUNTIME_DIR: join(this.folder, 'run'),
      CAPSTAN_FAKE_GPUS: this.#file,
    };
    mkdirSync(this.env['XDG_RUNTIME_DIR'] as string);
    this.setUsed(gpus.map((total) => ({ total, used: 0 })));
    this.#monitor = new Monitor({ env: this.env });
    t.after(() => {
      this.#monitor.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** What strangers hold, in GiB. */
  setUsed(devices: readonly { total: number; used: number }[]): void {
    const described = devices.map(({ total, used }) => ({
      total: `${total}GiB`,
      used: `${used}GiB`,
    }));
    writeFileSync(this.#file, JSON.stringify({ devices: described, folder: 'use' }));
  }

  /** What is in use of each device, in GiB. */
  async used(): Promise<number[]> {
    const { gpus } = await this.#monitor.snapshot(0);
    return gpus.map(({ used }) => used / gib);
  }

  /** A workspace with a model for each of these names; its first guess in GiB. */
  async open(
    t: TestContext,
    name: string,
    models: { [model: string]: number },
    more: object = {},
  ): Promise<GpuHost> {
    const root = join(this.folder, name);
    mkdirSync(root);
    const file = join(root, 'capstan.yaml');
    const text = JSON.stringify({ capabilities: [], ...more });
    writeFileSync(file, text);
    const guard = new Guard({ hostId: 'fixture', workspace: 'fixture' });
    await guard.close();
    const around = { guard, runtimeDir: this.env['XDG_RUNTIME_DIR'] as string };
    const fixture = installedFixture('holds-vram', around, join(root, '.capstan', 'data'));
    const instances: DeclaredInstance[] = Object.entries(models).map(([id, vram]) => ({
      id,
      config: {},
      adapters: null,
      idleMs: 60_000,
      slots: 1,
      env: {},
      needs: { ram: 64 * 2 ** 20, 'gpu/vram': vram * gib },
    }));
    const capability = {
      ...fixture,
      env: { ...fixture.env, FAKE_GPU_USE: this.#use },
      instances,
      actions: {
        hold: { description: '', effects: 'idempotent' as const, input: {}, output: null },
        holdOnce: { description: '', effects: 'unsafe' as const, input: {}, output: null },
      },
    };
    const { capabilities: _, ...rules } = parseDeclarations(text, file);
    const declared = [{ name: 'holds-vram', instances }];
    const workspace = { ...rules, root, file, capabilities: declared } as never;
    const host = await openHost({
      root,
      env: this.env,
      catalog: new InstalledCatalog(workspace, new Map([['holds-vram', capability]]), []),
    });
    t.after(() => host.close());
    return new GpuHost(host);
  }
}

export class GpuHost {
  readonly host: Host;
  /** All that was told since it was opened. */
  readonly events: JournaledEvent[] = [];

  constructor(host: Host) {
    this.host = host;
    host.subscribe((event) => {
      if (isJournaled(event)) this.events.push(event);
    });
  }

  /** Starts a call that holds so many GiB of a GPU for so long. */
  async submit(instance: string, vram: number, ms: number, more: object = {}): Promise<string> {
    const { input, ...rest } = more as { input?: object };
    const given = { vram: vram * gib, ms, ...input };
    const [job] = await this.host.submit([
      { capability: instance, action: 'hold', input: given, ...rest },
    ]);
    if (job === undefined) throw new Error('a submitted job is answered with its row');
    return job.jobId;
  }

  wait(jobId: string): Promise<JobRow> {
    return this.host.wait(jobId, { timeoutMs: 60_000 });
  }
}
