import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Assignment, Campaign } from '../campaign.ts';
import { HostProcess } from '../hosts/host-process.ts';
import { keptPromises } from '../judge/judge.ts';
import { Ledger } from '../judge/ledger.ts';
import { Report } from '../report.ts';
import { inTime, judgeWork, workOrders } from './work.ts';

const atOnce = 3;
const errors = { EIO: constants.errno.EIO, ENOSPC: constants.errno.ENOSPC };

/** How a call fails, and at which of so many it is tried: every one, or every so-manieth. */
const manners = [
  { error: 'EIO', isLasting: false, every: { small: 16, full: 1 } },
  { error: 'ENOSPC', isLasting: true, every: { small: 16, full: 1 } },
  { error: 'EIO', isLasting: true, every: { small: 32, full: 2 } },
  { error: 'ENOSPC', isLasting: false, every: { small: 32, full: 2 } },
] as const;

export const ioErrors: Campaign = {
  name: 'io-errors',
  about: 'Fails the n-th write, sync, truncation, opening or renaming, for every n.',
  promises: {
    ...keptPromises,
    'errors are told':
      'A failed call is no acknowledgement; the host says so, keeps its results, and goes on by itself.',
  },
  shards: 1,
  impossible: () =>
    process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0
      ? null
      : 'the calls of a host are made to fail by a library that needs Linux and gcc',
  async run(assignment) {
    const { folder, report, size } = assignment;
    const shim = compile(folder);
    const calls = await countCalls(shim, assignment);
    report.count('calls of the whole work', calls);
    const attempts = manners.flatMap(({ error, isLasting, every }) =>
      Array.from({ length: Math.ceil(calls / every[size]) }, (_, n) => ({
        n: 1 + n * every[size],
        error: errors[error],
        isLasting,
      })),
    );
    let done = 0;
    const lanes = Array.from({ length: atOnce }, async () => {
      for (let next = attempts.shift(); next !== undefined; next = attempts.shift()) {
        // oxlint-disable-next-line no-await-in-loop -- a lane does one thing after the other
        await attempt({ ...next, shim, folder: join(folder, `call-${done}-${next.n}`), report });
        report.progress(++done, done + attempts.length);
      }
    });
    await Promise.all(lanes);
    await control(shim, folder, report, calls);
  },
};

function compile(folder: string): string {
  const shim = join(folder, 'shim.so');
  const source = join(import.meta.dirname, 'shim.c');
  const built = spawnSync('gcc', ['-shared', '-fPIC', '-O2', '-o', shim, source, '-ldl']);
  if (built.status !== 0) throw new Error(`gcc: ${built.stderr.toString()}`);
  return shim;
}

interface Attempt {
  n: number;
  error: number;
  isLasting: boolean;
  shim: string;
  folder: string;
  report: Report;
  preload?: string;
}

/** One host whose n-th call fails. A disk that fails lastingly is mended when the host has said so. */
async function attempt(options: Attempt): Promise<{ calls: number }> {
  const { n, error, isLasting, shim, folder, report, preload } = options;
  const root = join(folder, 'workspace');
  mkdirSync(root, { recursive: true });
  const ledger = new Ledger();
  const disk = new Disk(join(folder, 'disk'));
  const effectsLog = join(folder, 'effects.log');
  const where = `call ${n}, errno ${error}${isLasting ? ', lasting' : ''}`;
  disk.failAt(n, error, isLasting);
  const orders = workOrders(root, effectsLog, n);
  const env = {
    LD_PRELOAD: shim,
    CAMPAIGN_IO_FOLDER: join(root, '.capstan'),
    CAMPAIGN_IO_STATE: disk.path,
  };
  const start = (): HostProcess =>
    new HostProcess('../io-errors/workload', orders, ledger, {
      env,
      ...(preload === undefined ? {} : { preload }),
    });
  const host = start();
  let isWedgeTold = false;
  host.onWord = ([word]) => {
    if (word !== 'wedged' && word !== 'refused') return;
    isWedgeTold = true;
    if (isLasting) setTimeout(() => disk.mend(), 60);
  };
  // What fails for ever and is told nowhere (a note that nobody needs) must not hinder anybody.
  let ended = await inTime(host, report, where);
  const { calls } = disk;
  disk.mend();
  if (ended.code === 75) {
    report.count('hosts that could not open, and said why');
    ended = await inTime(start(), report, where);
  }
  if (isWedgeTold) report.count('failures that were told');
  report.count('calls failed');
  await judgeWork({ root, effectsLog, ledger, ended, report, where });
  disk.close();
  rmSync(folder, { recursive: true, force: true });
  return { calls };
}

async function countCalls(shim: string, { folder, report }: Assignment): Promise<number> {
  const never = { n: 0, error: 0, isLasting: false };
  const { calls } = await attempt({ ...never, shim, folder: join(folder, 'count'), report });
  if (calls < 50) report.violation('errors are told', `only ${calls} calls were seen`);
  return calls;
}

async function control(shim: string, folder: string, report: Report, calls: number): Promise<void> {
  const found = new Report();
  const preload = join(import.meta.dirname, '../broken/ignores-failed-commits.ts');
  for (let n = Math.floor(calls / 4); n < calls && found.violations.length === 0; n += 3) {
    const broken = { n, error: errors.EIO, isLasting: false, shim, report: found, preload };
    // oxlint-disable-next-line no-await-in-loop -- the next only if this one got away
    await attempt({ ...broken, folder: join(folder, `control-${n}`) });
  }
  const [first] = found.violations;
  report.control(
    'a host that ignores a failed commit',
    first !== undefined,
    first?.message ?? 'nothing',
  );
}

/** What the shim is told, and tells: see shim.c. */
class Disk {
  readonly path: string;
  readonly #file: number;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'w+');
    writeSync(this.#file, new Uint8Array(32));
  }

  failAt(n: number, errno: number, isLasting: boolean): void {
    const told = BigInt64Array.of(0n, BigInt(n), BigInt(errno), isLasting ? 1n : 0n);
    writeSync(this.#file, told, 0, 32, 0);
  }

  mend(): void {
    writeSync(this.#file, BigInt64Array.of(0n), 0, 8, 8);
  }

  get calls(): number {
    const told = new BigInt64Array(1);
    readSync(this.#file, told, 0, 8, 0);
    return Number(told[0]);
  }

  close(): void {
    closeSync(this.#file);
  }
}
