import { platform } from 'node:os';
import { CpuMeter } from './cpu.ts';
import { disksOf } from './disks.ts';
import { GpuMeter, nothing } from './gpus/index.ts';
import { macMemory } from './macos.ts';
import { type Memory, memoryOf } from './memory.ts';
import type { MachineSnapshot } from './snapshot.ts';
import type { MonitorSource } from './source.ts';

/** What every machine has, without its GPUs. */
export type MachineBasis = Pick<MachineSnapshot, 'atMs' | 'cpu' | 'memory' | 'disks' | 'problems'>;

/** Measures by what the kernel tells and by the programs that come with the drivers. */
export class BuiltInSource implements MonitorSource {
  readonly name = 'built-in';
  readonly #env: NodeJS.ProcessEnv;
  readonly #mounts: readonly string[];
  readonly #cpu = new CpuMeter();
  readonly #gpus: GpuMeter | null;

  constructor(options: { env: NodeJS.ProcessEnv; disks: readonly string[]; gpus: boolean }) {
    this.#env = options.env;
    this.#mounts = options.disks;
    this.#gpus = options.gpus ? new GpuMeter(options.env) : null;
  }

  async snapshot(): Promise<MachineSnapshot> {
    const basis = await this.basis();
    const { gpus, problems } = (await this.#gpus?.look(basis.memory)) ?? nothing;
    return { ...basis, gpus, problems: [...basis.problems, ...problems] };
  }

  async basis(): Promise<MachineBasis> {
    const [{ disks, problems }, memory] = await Promise.all([
      disksOf(this.#mounts),
      this.#memory(),
    ]);
    const cpu = this.#cpu.look();
    return { atMs: performance.now(), cpu, memory, disks, problems };
  }

  close(): void {
    this.#gpus?.close();
  }

  async #memory(): Promise<Memory> {
    return platform() === 'darwin' ? macMemory(this.#env) : memoryOf();
  }
}
