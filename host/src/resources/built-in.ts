import { CpuMeter } from './cpu.ts';
import { disksOf } from './disks.ts';
import { GpuMeter } from './gpus/index.ts';
import { memoryOf } from './memory.ts';
import type { MachineSnapshot } from './snapshot.ts';
import type { MonitorSource } from './source.ts';

/** What every machine has, without its GPUs. */
export type MachineBasis = Pick<MachineSnapshot, 'atMs' | 'cpu' | 'memory' | 'disks' | 'problems'>;

/** Measures by what the kernel tells and by the programs that come with the drivers. */
export class BuiltInSource implements MonitorSource {
  readonly name = 'built-in';
  readonly #mounts: readonly string[];
  readonly #cpu = new CpuMeter();
  readonly #gpus: GpuMeter;

  constructor(options: { env: NodeJS.ProcessEnv; disks: readonly string[] }) {
    this.#mounts = options.disks;
    this.#gpus = new GpuMeter(options.env);
  }

  async snapshot(): Promise<MachineSnapshot> {
    const basis = await this.basis();
    const { gpus, problems } = await this.#gpus.look(basis.memory);
    return { ...basis, gpus, problems: [...basis.problems, ...problems] };
  }

  async basis(): Promise<MachineBasis> {
    const { disks, problems } = await disksOf(this.#mounts);
    const cpu = this.#cpu.look();
    return { atMs: performance.now(), cpu, memory: memoryOf(), disks, problems };
  }
}
