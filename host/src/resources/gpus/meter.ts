import { defaults } from '../../defaults.ts';
import type { MachineSnapshot } from '../snapshot.ts';
import { isInPidNamespace, startedAtMs } from './alive.ts';
import { amdGpus } from './amd.ts';
import { appleGpus } from './apple.ts';
import { fakeGpus } from './fake.ts';
import { nvidiaGpus } from './nvidia.ts';
import { Patience, type PatienceTimes } from './patience.ts';
import type { GpuReading } from './source.ts';

export interface GpuMeterOptions {
  times?: PatienceTimes;
  /** So long a program may take. */
  limitMs?: number;
  isInContainer?: boolean;
  /** `/`, or a folder with a copy of `sys`. */
  root?: string;
}

/** All GPUs of the machine, of whatever make. */
export class GpuMeter {
  readonly #env: NodeJS.ProcessEnv;
  readonly #closing = new AbortController();
  readonly #nvidia: Patience;
  readonly #amd: Patience;
  #memory: MachineSnapshot['memory'] = { total: 0, available: 0 };

  constructor(env: NodeJS.ProcessEnv, options: GpuMeterOptions = {}) {
    this.#env = env;
    const { times, limitMs = defaults.gpuLimitMs, isInContainer = isInPidNamespace() } = options;
    const { root = '/' } = options;
    const isAlive = (pid: number): boolean => startedAtMs(pid) !== null;
    const { signal } = this.#closing;
    const common = { env, limitMs, signal, isAlive, isInContainer, root };
    const nvidia = () => nvidiaGpus({ ...common, memory: this.#memory });
    this.#nvidia = new Patience('nvidia-smi', nvidia, times);
    this.#amd = new Patience('rocm-smi', () => amdGpus(common), times);
  }

  /** `memory` is the machine's, which some devices share. */
  async look(memory: MachineSnapshot['memory']): Promise<GpuReading> {
    const fake = this.#env['CAPSTAN_FAKE_GPUS'];
    if (fake !== undefined && fake !== '') return fakeGpus(fake, startedAtMs);
    this.#memory = memory;
    const [nvidia, amd] = await Promise.all([this.#nvidia.look(), this.#amd.look()]);
    return joined([nvidia, amd, appleGpus(memory)]);
  }

  /** Ends programs that still run, so that a driver that hangs does not keep this process. */
  close(): void {
    this.#closing.abort();
  }
}

/** Every make counts its devices from 0; those of the second one go on where the first ends. */
function joined(readings: readonly GpuReading[]): GpuReading {
  const all: GpuReading = { gpus: [], problems: [] };
  for (const { gpus, problems } of readings) {
    const first = Math.max(-1, ...all.gpus.map(({ index }) => index)) + 1;
    all.gpus.push(...gpus.map((gpu) => ({ ...gpu, index: gpu.index + first })));
    all.problems.push(...problems);
  }
  return all;
}
