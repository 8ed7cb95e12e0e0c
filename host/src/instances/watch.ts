import type { TreeUse } from '../resources/index.ts';
import type { ByDevice, CallResources } from '../stores/index.ts';

/** A call whose worker is looked at while it runs. */
export class CallWatch {
  readonly beganMs: number;
  #samples = 0;
  #peakRss = 0;
  #rss = 0;
  #cpu = { sum: 0, looks: 0 };
  #peakVram: ByDevice | null = null;

  constructor(beganMs: number) {
    this.beganMs = beganMs;
  }

  get isSampled(): boolean {
    return this.#samples > 0;
  }

  /** Its use of devices was seen while it ran. */
  get knowsDevices(): boolean {
    return this.#peakVram !== null;
  }

  add({ rssBytes, peakBytes, cpuPercent, vram }: Sample): void {
    this.#samples += 1;
    this.#rss += rssBytes;
    this.#peakRss = Math.max(this.#peakRss, peakBytes);
    if (cpuPercent !== null) {
      this.#cpu.sum += cpuPercent;
      this.#cpu.looks += 1;
    }
    if (vram !== null) this.#peakVram = largest(this.#peakVram ?? {}, vram);
  }

  /** It reached this, by the kernel's own account. */
  raise(peakBytes: number, rssBytes: number): void {
    if (this.isSampled) this.#peakRss = Math.max(this.#peakRss, peakBytes);
    else this.add({ rssBytes, peakBytes, cpuPercent: null, vram: null });
  }

  /** What all looks came to; undefined where there was none. */
  resources(): CallResources | undefined {
    const { sum, looks } = this.#cpu;
    if (!this.isSampled) return undefined;
    return {
      peakRssBytes: this.#peakRss,
      meanRssBytes: Math.round(this.#rss / this.#samples),
      meanCpuPercent: looks === 0 ? null : Math.round(sum / looks),
      peakVramBytes: this.#peakVram,
      samples: this.#samples,
    };
  }
}

export interface Sample {
  rssBytes: number;
  /** The most its calls can have held since the look before. */
  peakBytes: number;
  /** Null where idle time before the call would be in it. */
  cpuPercent: number | null;
  vram: ByDevice | null;
}

export interface Look {
  nowMs: number;
  /** When the devices were asked, where that was before. */
  devicesMs?: number;
  /** A call that failed just now, and alone may have reached the peak. */
  blamed?: CallWatch | null;
  /** The most the worker itself ever held. */
  ownPeak?: number;
}

/** So many calls of a worker are looked at, however short they are: a model may be loaded by the second. */
const firstCalls = 3;

/** So many short calls between two looks, and the time between them was theirs. */
const burst = 10;

/**
 * What is seen of one worker's process tree, and which of its calls that belongs to.
 *
 * The kernel keeps the most that a process ever held. Where that has grown since the look before, whatever ran since
 * then has reached it; where it has not, an earlier call may have, and what is held now counts. What a failed call
 * that nobody looked at may have added is nobody's: it must not pass for the need of the next one.
 */
export class WorkerWatch {
  readonly pid: number;
  readonly #calls = new Set<CallWatch>();
  /** When it was last looked at; null: never. */
  lookedMs: number | null = null;
  last: TreeUse | null = null;
  /** The most the worker itself ever held, its children not counted, when it was last asked. */
  #ownPeak = 0;
  /** Its processes cannot be seen. */
  isHidden = false;
  #isTainted = false;
  #lastBeganMs = 0;
  #endedSince = 0;
  #ended = 0;
  /** Seen between two calls: the next that ends without a look gets it. */
  #unclaimed: Sample | null = null;

  constructor(pid: number) {
    this.pid = pid;
  }

  get isBusy(): boolean {
    return this.#calls.size > 0;
  }

  /** Calls have ended since it was looked at. */
  get isUnseen(): boolean {
    return this.#endedSince > 0;
  }

  /** When the oldest of its calls began. */
  get busySinceMs(): number | null {
    const [oldest] = this.#calls;
    return oldest?.beganMs ?? null;
  }

  /** Too little is known of it to go by what is known. */
  get isNew(): boolean {
    return this.lookedMs === null || this.#ended < firstCalls;
  }

  begin(call: CallWatch): void {
    this.#calls.add(call);
    this.#lastBeganMs = call.beganMs;
  }

  end(call: CallWatch, isCompleted: boolean): void {
    this.#calls.delete(call);
    this.#endedSince += 1;
    this.#ended += 1;
    if (call.isSampled) return;
    if (!isCompleted) this.#isTainted = true;
    else if (this.#unclaimed !== null) {
      call.add(this.#unclaimed);
      this.#unclaimed = null;
    }
  }

  see(use: TreeUse, { nowMs, devicesMs = nowMs, blamed = null, ownPeak = 0 }: Look): void {
    const before = this.lookedMs;
    const hasGrown = this.last === null || use.peakRssBytes > this.last.peakRssBytes;
    const isBurst = before !== null && this.#endedSince >= burst;
    const sampleOf = (call: CallWatch | null): Sample => {
      const mayHaveGrown = hasGrown && (blamed === null ? !this.#isTainted : blamed === call);
      const isItsTime = before !== null && call !== null && before >= call.beganMs;
      return {
        rssBytes: use.rssBytes,
        peakBytes: mayHaveGrown ? Math.max(use.peakRssBytes, use.rssBytes) : use.rssBytes,
        cpuPercent: isItsTime || isBurst ? use.cpuPercent : null,
        // What devices held before a call began says nothing about it.
        vram:
          use.vram === null || devicesMs < (call?.beganMs ?? this.#lastBeganMs)
            ? null
            : held(use.vram),
      };
    };
    for (const call of this.#calls) call.add(sampleOf(call));
    if (!this.isBusy && !this.#isTainted) this.#unclaimed = sampleOf(null);
    this.lookedMs = nowMs;
    this.last = use;
    this.#ownPeak = ownPeak;
    this.#isTainted = false;
    this.#endedSince = 0;
  }

  /** Between two looks: what the worker itself has come to with this call, which is one look at one file. */
  glance(ownPeak: number, call: CallWatch, isCompleted: boolean): void {
    const { last } = this;
    if (last === null || ownPeak <= this.#ownPeak) return;
    const grown = ownPeak - this.#ownPeak;
    this.#ownPeak = ownPeak;
    // The next look does not take it for new.
    const peakRssBytes = last.peakRssBytes + grown;
    this.last = { ...last, peakRssBytes };
    if (this.#isTainted && !call.isSampled) return;
    for (const each of isCompleted ? this.#calls : [call]) {
      each.raise(peakRssBytes, last.rssBytes);
    }
  }
}

const held = (vram: ByDevice): ByDevice =>
  Object.fromEntries(Object.entries(vram).filter(([, bytes]) => bytes > 0));

function largest(a: ByDevice, b: ByDevice): ByDevice {
  const all = { ...a };
  for (const [index, bytes] of Object.entries(b)) all[index] = Math.max(all[index] ?? 0, bytes);
  return all;
}
