import { workspacePaths } from '../../../src/paths.ts';
import type { Ended, HostProcess } from '../hosts/host-process.ts';
import type { Orders } from '../hosts/orders.ts';
import { readEffects } from '../judge/effects.ts';
import { Judge } from '../judge/judge.ts';
import type { Ledger } from '../judge/ledger.ts';
import { Report } from '../report.ts';

const patienceMs = 30_000;

/** Orders for `workload.ts`, which looks at its disk more often than a host of a user does. */
export const workOrders = (root: string, effectsLog: string, seed: number): Orders => ({
  root,
  effectsLog,
  seed,
  mode: 'load',
  prefix: '',
  again: [],
  submitters: 1,
  paceMs: 0,
  settings: { storeCheckMs: 40, reserveBytes: 0 },
});

/** A host that does not go on by itself when its disk has been mended has broken its promise. */
export async function inTime(host: HostProcess, report: Report, where: string): Promise<Ended> {
  const tooLong = setTimeout(() => {
    report.violation('errors are told', `${where}: the host did not go on`);
    host.kill();
  }, patienceMs);
  const ended = await host.ended;
  clearTimeout(tooLong);
  return ended;
}

interface Work {
  root: string;
  effectsLog: string;
  ledger: Ledger;
  ended: Ended;
  report: Report;
  where: string;
}

/** All of the work is done, each job once: no result was lost on the way, and none was made twice. */
export async function judgeWork(work: Work): Promise<void> {
  const { root, effectsLog, ledger, ended, report, where } = work;
  const found = new Report();
  const judge = new Judge(workspacePaths(root), { effectsLog, ledger, report: found, seed: 0 });
  await judge.look();
  judge.lookAtFinished();
  for (const { promise, message } of found.violations) {
    report.violation(promise, `${where}: ${message}`);
  }
  if (!ended.isFinished) {
    const why = `it ended with ${ended.code}: ${ended.stderr}`;
    report.violation('errors are told', `${where}: ${why}`);
  }
  for (const [jobId, times] of readEffects(effectsLog).counts) {
    if (times === 1) continue;
    const why = `${jobId} was executed ${times} times, its result was not kept`;
    report.violation('errors are told', `${where}: ${why}`);
  }
}
