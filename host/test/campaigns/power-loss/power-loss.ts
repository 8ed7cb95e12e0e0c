import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { workspacePaths } from '../../../src/paths.ts';
import { type Campaign, shareOf } from '../campaign.ts';
import { HostProcess } from '../hosts/host-process.ts';
import type { Orders } from '../hosts/orders.ts';
import { Judge, keptPromises } from '../judge/judge.ts';
import { Ledger } from '../judge/ledger.ts';
import { Random } from '../random.ts';
import { Report, type Violation } from '../report.ts';
import { Disk, whyNoDisk } from './disk.ts';

const sizes = { small: 6, full: 3_000 };
const mostMs = 15 * 60_000;
const cyclesOfAWorkspace = 10;

export const powerLoss: Campaign = {
  name: 'power-loss',
  about:
    'Cuts the power of the disk under a host that is at work, and looks at what the disk kept.',
  promises: {
    ...keptPromises,
    accepted: 'What was acknowledged survives the loss of power, in a database that is whole.',
  },
  shards: 2,
  async run(assignment) {
    const { seed, size, folder, report, shard } = assignment;
    const why = await whyNoDisk(join(folder, 'trial'));
    if (why !== null) return report.skip(why);
    const total = shareOf(sizes[size], assignment);
    const cycles = { seed: seed + shard, folder: join(folder, 'disk'), report, most: total };
    await cut({ ...cycles, onCycle: (done) => report.progress(done, total) });
    const done = report.counted('power cuts');
    if (done < total) report.count('power cuts for which there was no time', total - done);
    if (shard > 0) return;
    const found = new Report();
    const preload = join(import.meta.dirname, '../broken/synchronous-off.ts');
    await cut({ seed, folder: join(folder, 'control'), report: found, most: 10, preload });
    const first = found.violations.find(tellsOfLoss);
    report.control('a host that syncs nothing', first !== undefined, first?.message ?? 'nothing');
  },
};

interface Cuts {
  seed: number;
  folder: string;
  report: Report;
  most: number;
  preload?: string;
  onCycle?: (done: number) => void;
}

async function cut({ seed, folder, report, most, preload, onCycle }: Cuts): Promise<void> {
  const random = new Random(seed);
  const disk = new Disk(folder);
  const deadline = performance.now() + mostMs;
  let life: Life | null = null;
  try {
    for (let n = 0; n < most && performance.now() < deadline; n++) {
      if (n % cyclesOfAWorkspace === 0) {
        life?.discard();
        life = new Life(disk, join(folder, `effects-${n}.log`), random.seed(), report);
      }
      // oxlint-disable-next-line no-await-in-loop -- one reboot after the other
      await life?.cycle(random, preload);
      onCycle?.(n + 1);
      // A control that has shown its flaw has nothing left to show.
      if (preload !== undefined && report.violations.some(tellsOfLoss)) return;
    }
  } finally {
    await disk.remove();
  }
}

const tellsOfLoss = ({ message }: Violation): boolean => message.includes('acknowledged');

/** One workspace through several losses of power. */
class Life {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #effectsLog: string;
  readonly #ledger = new Ledger();
  readonly #judge: Judge;
  readonly #report: Report;
  #hosts = 0;

  constructor(disk: Disk, effectsLog: string, seed: number, report: Report) {
    this.#disk = disk;
    this.#root = join(disk.path, 'workspace');
    // What tools did to the world is not lost with the disk.
    this.#effectsLog = effectsLog;
    this.#report = report;
    mkdirSync(this.#root, { recursive: true });
    const about = { effectsLog, ledger: this.#ledger, report, seed };
    this.#judge = new Judge(workspacePaths(this.#root), about);
  }

  async cycle(random: Random, preload?: string): Promise<void> {
    const host = this.#start(random, preload);
    const ready = Promise.withResolvers<void>();
    host.onWord = ([word]) => word === 'ready' && ready.resolve();
    await Promise.race([ready.promise, host.ended]);
    await pause(random.next() * 200);
    await this.#stop(host);
    await this.#disk.cutPower();
    host.kill();
    const ended = await host.ended;
    await this.#disk.powerUp();
    this.#report.count('power cuts');
    this.#report.count('acknowledged', ended.acknowledged);
    if (ended.stderr !== '') this.#report.violation('accepted', `a host failed: ${ended.stderr}`);
    await this.#judge.look();
  }

  discard(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  #start(random: Random, preload?: string): HostProcess {
    this.#hosts += 1;
    const orders: Orders = {
      root: this.#root,
      effectsLog: this.#effectsLog,
      seed: random.seed(),
      mode: 'load',
      prefix: `k${this.#hosts}`,
      again: this.#ledger.toSendAgain(8),
      submitters: 3,
      paceMs: 4,
      settings: { reserveBytes: 0 },
    };
    return new HostProcess('queue-host', orders, this.#ledger, preload ? { preload } : {});
  }

  /**
   * Stopped before its disk is: a sync that was under way when the power went would be answered with
   * success by this way of cutting it, and the host accused of a lie that was told to it.
   */
  async #stop({ child }: HostProcess): Promise<void> {
    child.kill('SIGSTOP');
    while (child.exitCode === null && child.signalCode === null && !isStopped(child.pid ?? 0)) {
      // oxlint-disable-next-line no-await-in-loop -- looks again until every thread stands
      await pause(1);
    }
  }
}

function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) =>
      /\) [TZX] /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')),
    );
  } catch {
    return false;
  }
}
