import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workspacePaths } from '../../../src/paths.ts';
import { type Death, type Ended, type HostKind, HostProcess } from '../hosts/host-process.ts';
import type { Orders } from '../hosts/orders.ts';
import { Judge } from '../judge/judge.ts';
import { Ledger } from '../judge/ledger.ts';
import { alive, killAll, untilNoneMarked } from '../judge/orphans.ts';
import { secondRecovery } from '../judge/recovers-twice.ts';
import { Random } from '../random.ts';
import type { Report } from '../report.ts';
import { writeOldState } from './old-state.ts';

/** A host that dies leaves nothing running for longer than this. */
const orphansMs = 2_000;
const patienceMs = 60_000;

export interface LifeOptions {
  kind: HostKind;
  folder: string;
  seed: number;
  report: Report;
  flaw?: Orders['flaw'];
  emphasis?: Orders['emphasis'];
  settings?: Orders['settings'];
  env?: { [name: string]: string };
  /** The first host finds a state file of the previous version. */
  startsOld?: boolean;
  requests?: number;
  submitters?: number;
  paceMs?: number;
}

interface Start {
  death: Death | null;
  withGuard: boolean;
  /** As `CAPSTAN_FAIL_POINTS` wants them. */
  failPoints?: string | undefined;
}

/**
 * One workspace through many hosts: each is given work until it dies, and when nothing of it is alive the
 * workspace is held against what it has promised. In the end one host finishes everything.
 */
export class Life {
  readonly ledger = new Ledger();
  readonly #options: LifeOptions;
  readonly #random: Random;
  readonly #judge: Judge;
  readonly #root: string;
  readonly #mark: string;
  #hosts = 0;
  /** What outlived a host whose guard was killed with it; the next host has to end it. */
  #survivors: number[] = [];

  constructor(options: LifeOptions) {
    const { folder, seed, report, startsOld = false } = options;
    this.#options = options;
    this.#random = new Random(seed);
    mkdirSync(folder, { recursive: true });
    this.#root = realpathSync(folder);
    const workspace = createHash('sha256').update(this.#root).digest('hex').slice(0, 16);
    this.#mark = `CAPSTAN_WORKSPACE=${workspace}`;
    const paths = workspacePaths(this.#root);
    this.#judge = new Judge(paths, {
      effectsLog: this.#effectsLog,
      ledger: this.ledger,
      report,
      seed,
    });
    if (startsOld) for (const id of writeOldState(paths.stateDb)) this.ledger.acknowledged.add(id);
  }

  /** One host from its start to its death, and the examination of what it leaves. */
  async round(death: Death | null, failPoints?: string): Promise<Ended> {
    const { report, kind } = this.#options;
    const isKill = failPoints === undefined;
    const withGuard = kind === 'real-host' && isKill && this.#random.chance(0.25);
    const host = this.#start('load', { death, withGuard, failPoints });
    const ended = await this.#ended(host);
    report.count(ended.wasKilled ? 'hosts killed' : 'hosts that ended otherwise');
    report.count('acknowledged', ended.acknowledged);
    for (const code of ended.refused) report.count(`refused with ${code}`);
    if (ended.firstDispatchMs !== null && this.#hosts > 1) {
      report.figure('start to first dispatch, ms', ended.firstDispatchMs);
    }
    if (ended.readyMs !== null) this.#expectSwept();
    if (withGuard) await this.#noteSurvivors();
    else if (this.#survivors.length === 0) await this.#expectNoOrphans();
    await this.#judge.look();
    if (this.#random.chance(0.1)) this.#recoverTwice();
    return ended;
  }

  async finish(): Promise<void> {
    const ended = await this.#ended(this.#start('finish', { death: null, withGuard: false }));
    this.#expectSwept();
    if (!ended.isFinished) this.#accuse('accepted', `a host could not finish: ${ended.stderr}`);
    await this.#expectNoOrphans();
    await this.#judge.look();
    if (ended.isFinished) this.#judge.lookAtFinished();
  }

  discard(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  get #effectsLog(): string {
    return join(this.#root, 'effects.log');
  }

  #start(mode: Orders['mode'], how: Start): HostProcess {
    const { kind, flaw, requests, emphasis, settings, submitters = 3, paceMs = 8 } = this.#options;
    const { death, withGuard, failPoints } = how;
    this.#hosts += 1;
    const orders: Orders = {
      root: this.#root,
      effectsLog: this.#effectsLog,
      seed: this.#random.seed(),
      mode,
      prefix: `k${this.#hosts}`,
      again: this.ledger.toSendAgain(12),
      submitters,
      paceMs,
      ...(requests === undefined ? {} : { requests }),
      ...(emphasis === undefined ? {} : { emphasis }),
      ...(settings === undefined ? {} : { settings }),
      ...(flaw === undefined ? {} : { flaw }),
    };
    return new HostProcess(kind, orders, this.ledger, {
      withGuard,
      ...(death === null ? {} : { death }),
      env: {
        ...this.#options.env,
        ...(failPoints === undefined ? {} : { CAPSTAN_FAIL_POINTS: failPoints }),
      },
    });
  }

  /** A host that neither ends nor can be killed in time has broken a promise of its own. */
  async #ended(host: HostProcess): Promise<Ended> {
    const tooLong = setTimeout(() => {
      this.#accuse('accepted', `a host did not end within ${patienceMs} ms`);
      host.kill();
    }, patienceMs);
    const ended = await host.ended;
    clearTimeout(tooLong);
    return ended;
  }

  /** Whoever has nobody left to end them may live until the next host is open, and no longer. */
  async #noteSurvivors(): Promise<void> {
    // A worker that listens ends by itself, when it hears that nobody speaks any more.
    const { left } = await untilNoneMarked(this.#mark, 100);
    this.#survivors = left;
    this.#options.report.count('guards killed with their host');
    this.#options.report.count('processes that outlived host and guard', left.length);
  }

  #expectSwept(): void {
    const left = alive(this.#survivors);
    this.#survivors = [];
    if (left.length === 0) return;
    this.#accuse('no orphans', `the next host did not end ${left.join(', ')}`);
    killAll(left);
  }

  async #expectNoOrphans(): Promise<void> {
    const { ms, left } = await untilNoneMarked(this.#mark, orphansMs);
    this.#options.report.figure('death to no process left, ms', ms);
    if (left.length === 0) return;
    this.#accuse('no orphans', `${left.length} processes outlive their host: ${left.join(', ')}`);
    killAll(left);
  }

  #recoverTwice(): void {
    const { report } = this.#options;
    const paths = workspacePaths(this.#root);
    if (this.ledger.head.seq === 0) return;
    const why = secondRecovery(paths.stateDb, join(this.#root, 'copy'));
    report.count('recovered twice and compared');
    if (why !== null) this.#accuse('true journal', why);
  }

  #accuse(promise: string, message: string): void {
    this.#options.report.violation(promise, message, this.#options.seed);
  }
}
