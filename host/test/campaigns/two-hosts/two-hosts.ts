import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { workspacePaths } from '../../../src/paths.ts';
import { Reader } from '../../../src/stores/index.ts';
import type { Campaign } from '../campaign.ts';
import { Random } from '../random.ts';
import { Report } from '../report.ts';
import { aliveTogether } from './together.ts';

const sizes = { small: { kills: 12, contenders: 3 }, full: { kills: 300, contenders: 4 } };

export const twoHosts: Campaign = {
  name: 'two-hosts',
  about: 'Lets processes race for one workspace, and kills them while they own it.',
  promises: {
    'one host':
      'At no moment do two hosts own a workspace, and whoever is refused is told who has it.',
    'true journal': 'What owners wrote one after the other is one whole journal.',
  },
  shards: 1,
  async run({ seed, size, folder, report }) {
    await race({ seed, folder: join(folder, 'race'), report, ...sizes[size] });
    const found = new Report();
    const preload = join(import.meta.dirname, '../broken/takes-no-lock.ts');
    const caught = () => found.violations.find(({ message }) => message.includes('works while'));
    for (let n = 0; n < 10 && caught() === undefined; n++) {
      const into = join(folder, `control-${n}`);
      // oxlint-disable-next-line no-await-in-loop -- the next only if the lack of a lock went unseen
      await race({ seed: seed + n, folder: into, report: found, kills: 5, contenders: 3, preload });
    }
    const first = caught();
    report.control(
      'a host that takes no lock',
      first !== undefined,
      first?.message ?? 'nothing found',
    );
  },
};

interface Race {
  seed: number;
  folder: string;
  report: Report;
  kills: number;
  contenders: number;
  preload?: string;
}

async function race({ seed, folder, report, kills, contenders, preload }: Race): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const random = new Random(seed);
  const log = join(folder, 'owners.log');
  const imports = preload === undefined ? [] : ['--import', preload];
  const start = (): Contender => {
    const program = join(import.meta.dirname, 'contender.ts');
    const args = [...imports, program, folder, log, `${random.seed()}`];
    return follow(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] }));
  };
  const running = Array.from({ length: contenders }, start);
  for (let n = 0; n < kills; n++) {
    // oxlint-disable-next-line no-await-in-loop -- it is the race that is interrupted
    await untilTheyRace(log);
    // oxlint-disable-next-line no-await-in-loop -- at any moment of it
    await pause(random.next() * 150);
    const at = random.below(running.length);
    const victim = running[at] as Contender;
    running[at] = start();
    // oxlint-disable-next-line no-await-in-loop
    await end(victim, report);
    report.count('contenders killed');
    if (preload === undefined) report.progress(n + 1, kills);
  }
  await Promise.all(running.map((contender) => end(contender, report)));
  judge(log, report);
  await verify(folder, report);
}

/** Until two of them have tried in turns since now, however long they take to start. */
async function untilTheyRace(log: string): Promise<void> {
  const before = linesOf(log).length;
  const until = performance.now() + 20_000;
  const hasRaced = (): boolean =>
    new Set(
      linesOf(log)
        .slice(before)
        .map((line) => line.split(' ')[0]),
    ).size > 1;
  // oxlint-disable-next-line no-await-in-loop -- a look now and then
  while (!hasRaced() && performance.now() < until) await pause(20);
}

const linesOf = (log: string): string[] =>
  existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : [];

interface Contender {
  child: ChildProcess;
  stderr: () => string;
  exited: Promise<unknown>;
}

function follow(child: ChildProcess): Contender {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, stderr: () => said, exited: once(child, 'close') };
}

async function end({ child, stderr, exited }: Contender, report: Report): Promise<void> {
  const hasFailed = child.exitCode !== null;
  child.kill('SIGKILL');
  await exited;
  if (hasFailed) report.violation('one host', `a contender failed: ${stderr().slice(0, 600)}`);
}

function judge(log: string, report: Report): void {
  const { owners, refusals, nameless, overlaps } = aliveTogether(linesOf(log));
  report.count('ownerships', owners);
  report.count('refusals', refusals);
  // The note is written after the lock is taken and removed before it is given back.
  report.count('refusals that could not name the holder', nameless);
  for (const message of overlaps) report.violation('one host', message);
  if (owners === 0 || refusals === 0) report.violation('one host', 'there was no race');
}

async function verify(folder: string, report: Report): Promise<void> {
  const { stateDb } = workspacePaths(folder);
  if (!existsSync(stateDb)) return;
  const reader = Reader.openState(stateDb);
  for (const { message } of (await reader.verifyJournal()).problems) {
    report.violation('true journal', message);
  }
  reader.close();
}
