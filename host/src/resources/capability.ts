import { defaults } from '../defaults.ts';
import type { BuiltInSource } from './built-in.ts';
import { snapshotFrom, type Told } from './capability-answers.ts';
import type { MachineSnapshot } from './snapshot.ts';
import type { MonitorSource } from './source.ts';

/**
 * A capability that measures in place of the built-in monitor: `monitor: NAME` in `capstan.yaml`.
 *
 * It is asked two questions, which are those of cjm-substrate's monitors, so that a monitor written for that serves as it is:
 *
 * - `get_system_status`: `{ cpu_percent, memory_used_mb, memory_total_mb, memory_available_mb, gpu_type, gpu_free_memory_mb,
 *   gpu_total_memory_mb, gpu_used_memory_mb, gpu_load_percent }`. These fields add all devices up; a monitor of several devices adds
 *   `gpus: [{ index, name, total_memory_mb, used_memory_mb, load_percent }]`, one for each.
 * - `list_processes`: `[{ pid, gpu_index, gpu_memory_mb, command }]`, who holds memory of which device.
 *
 * A megabyte is 1,048,576 bytes here, as it is for the drivers these numbers come from. What it leaves out is measured by the
 * built-in monitor, as are disks. When it fails, or takes too long, all is.
 */
export type MonitorMethod = 'get_system_status' | 'list_processes';
export type AskMonitor = (method: MonitorMethod) => Promise<unknown>;

type Answer = { kind: 'told'; told: Told } | { kind: 'failed'; reason: string };

export interface CapabilityTimes {
  /** A look waits so long; the answer that comes later serves the next one. */
  answerMs: number;
  /** One that failed is left alone for so long. */
  pauseMs: number;
}

const usual: CapabilityTimes = { answerMs: defaults.monitorAnswerMs, pauseMs: defaults.gpuPauseMs };

export class CapabilitySource implements MonitorSource {
  readonly name: string;
  readonly #ask: AskMonitor;
  readonly #builtIn: Pick<BuiltInSource, 'basis' | 'snapshot'>;
  readonly #times: CapabilityTimes;
  #asking: Promise<Answer> | null = null;
  #failed: { reason: string; untilMs: number } | null = null;

  constructor(
    name: string,
    ask: AskMonitor,
    builtIn: Pick<BuiltInSource, 'basis' | 'snapshot'>,
    times: CapabilityTimes = usual,
  ) {
    this.name = name;
    this.#ask = ask;
    this.#builtIn = builtIn;
    this.#times = times;
  }

  async snapshot(): Promise<MachineSnapshot> {
    const answer = await this.#answer();
    if (answer.kind === 'told') {
      const read = snapshotFrom(this.name, answer.told, await this.#builtIn.basis());
      if (read.kind === 'read') return read.snapshot;
      return this.#instead(read.reason);
    }
    return this.#instead(answer.reason);
  }

  async #instead(reason: string): Promise<MachineSnapshot> {
    const snapshot = await this.#builtIn.snapshot();
    const problem = `monitor "${this.name}": ${reason}; the built-in monitor measures in its place`;
    return { ...snapshot, problems: [problem, ...snapshot.problems] };
  }

  async #answer(): Promise<Answer> {
    const nowMs = performance.now();
    if (this.#asking === null) {
      if (this.#failed !== null && nowMs < this.#failed.untilMs) {
        return { kind: 'failed', reason: this.#failed.reason };
      }
      this.#asking = this.#begin();
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Answer>((resolve) => {
      const reason = `no answer within ${this.#times.answerMs / 1000} s`;
      timer = setTimeout(() => resolve({ kind: 'failed', reason }), this.#times.answerMs);
    });
    return Promise.race([this.#asking, late]).finally(() => clearTimeout(timer));
  }

  async #begin(): Promise<Answer> {
    try {
      const [status, processes] = await Promise.all([
        this.#ask('get_system_status'),
        // A monitor may know the machine and not the processes.
        this.#ask('list_processes').catch(() => null),
      ]);
      this.#failed = null;
      return { kind: 'told', told: { status, processes } };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#failed = { reason, untilMs: performance.now() + this.#times.pauseMs };
      return { kind: 'failed', reason };
    } finally {
      this.#asking = null;
    }
  }
}
