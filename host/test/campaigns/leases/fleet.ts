import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { Ledger } from '../../../src/leases/index.ts';
import type { Random } from '../random.ts';
import type { Report } from '../report.ts';
import { LogJudge } from './log-judge.ts';
import { LogTap } from './log-tap.ts';
import { judgeWitnesses } from './witness-judge.ts';
import { now } from './witness.ts';

export type Flaw = 'writes without a guard' | 'forgets its term';

interface FleetOptions {
  folder: string;
  random: Random;
  report: Report;
  /** How many live at once. */
  size: number;
  flaw?: Flaw;
}

interface Holder {
  name: string;
  child: ChildProcess;
  exited: Promise<unknown>;
  isStopped: boolean;
  /** Of the clock of the witnesses. */
  endedAt: number;
}

/** The holders of one ledger, whoever takes care that they do not live in peace, and their judges. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #path: string;
  readonly #ledger: Ledger;
  readonly #tap: LogTap;
  readonly #judge: LogJudge;
  readonly #all: Holder[] = [];
  #running: Holder[] = [];

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#path = join(options.folder, 'leases.db');
    this.#ledger = Ledger.open(this.#path);
    this.#tap = new LogTap(this.#path);
    this.#judge = new LogJudge(options.report);
  }

  get grants(): number {
    return this.#judge.grants;
  }

  get hasFailed(): boolean {
    return existsSync(join(this.#options.folder, 'failures'));
  }

  startAll(): void {
    this.#running = Array.from({ length: this.#options.size }, () => this.#start());
  }

  killOne(): void {
    const { random, report, size } = this.#options;
    const at = random.below(size);
    const victim = this.#running[at] as Holder;
    this.#kill(victim);
    report.count('holders killed');
    this.#running[at] = this.#start();
  }

  /** It goes on by itself after that time, which is longer than any term. */
  stopOne(ms: number): void {
    const { random, report, size } = this.#options;
    const victim = this.#running[random.below(size)] as Holder;
    if (victim.isStopped || this.#running.filter(({ isStopped }) => isStopped).length > 2) return;
    victim.isStopped = true;
    victim.child.kill('SIGSTOP');
    report.count('holders stopped');
    // Not by a timer of ours: what is stopped may have the lock that we wait for ourselves.
    const command = `sleep ${ms / 1_000}; kill -CONT ${victim.child.pid}`;
    const helper = spawn('sh', ['-c', command], { stdio: 'ignore' });
    helper.on('exit', () => (victim.isStopped = false));
  }

  compact(): void {
    this.#ledger.compact();
    this.#options.report.count('compactions');
  }

  read(): void {
    this.#judge.read(this.#tap.next());
  }

  /** Lets the living end by themselves. */
  async end(): Promise<void> {
    writeFileSync(join(this.#options.folder, 'stop'), '');
    for (const { child } of this.#running) child.kill('SIGCONT');
    const late = setTimeout(() => this.#running.forEach((one) => this.#kill(one)), 30_000);
    await Promise.all(this.#all.map(({ exited }) => exited));
    clearTimeout(late);
  }

  judge(): void {
    const { report, folder } = this.#options;
    this.read();
    report.count('grants', this.grants);
    judgeWitnesses(
      this.#all.map(({ name, endedAt }) => ({ path: join(folder, `witness-${name}`), endedAt })),
      report,
    );
    if (this.hasFailed) {
      report.violation(
        'no failures',
        readFileSync(join(folder, 'failures'), 'utf8').slice(0, 1500),
      );
    }
    const verified = this.#ledger.verify();
    for (const { message } of verified.problems) report.violation('true log', message);
    const { live, token } = this.#ledger.state();
    const ids = live.map(({ id }) => id).toSorted();
    if (ids.join() !== this.#judge.live.join()) {
      const own = this.#judge.live.join();
      report.violation('true log', `live are ${ids.join()}, by the log ${own}`);
    }
    if (token !== this.#judge.token) {
      report.violation('tokens rise', `the counter is ${token}, the last one ${this.#judge.token}`);
    }
    this.#tap.close();
    this.#ledger.close();
  }

  #start(): Holder {
    const { folder, random, flaw } = this.#options;
    const name = `p${this.#all.length}`;
    const program = join(import.meta.dirname, 'holder.ts');
    const args = [program, this.#path, folder, name, `${random.seed()}`, flaw ?? ''];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const holder: Holder = {
      name,
      child,
      exited: once(child, 'exit'),
      isStopped: false,
      endedAt: Number.MAX_SAFE_INTEGER,
    };
    this.#all.push(holder);
    child.on('exit', () => {
      holder.endedAt = Math.min(holder.endedAt, now());
    });
    return holder;
  }

  #kill(victim: Holder): void {
    victim.endedAt = Math.min(victim.endedAt, now());
    this.#judge.endedMs.set(victim.child.pid ?? 0, uptime() * 1_000);
    victim.child.kill('SIGKILL');
  }
}
