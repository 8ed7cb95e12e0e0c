import { realpathSync } from 'node:fs';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { isHostRunning } from '../../host-client/is-host-running.ts';
import type { LivenessReport } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import { refusal } from '../lease/answers.ts';
import { withLeases } from '../lease/place.ts';
import { livenessLines } from './lines.ts';

const exitOf: { readonly [verdict in LivenessReport['kind']]: ExitCode } = {
  advancing: 0,
  stalled: 4,
  spinning: 5,
};

export async function liveness(context: Context, id: string): Promise<ExitCode> {
  if (!/^(lse|run|job)_/.test(id)) throw noId(id);
  const report = await reportOf(context, id);
  if (context.json) context.printJson(documentOf(report, context.io.nowMs()));
  else context.print(...livenessLines(context, report));
  return exitOf[report.kind];
}

async function reportOf(context: Context, id: string): Promise<LivenessReport> {
  const root = realpathSync(requireWorkspace(context));
  const door = await context.doors.liveness();
  const { openReader } = await context.doors.view();
  const view = openReader(root);
  const { env } = context.io;
  const place = { root, env, nowMs: context.io.nowMs(), view, isHostUp: await isHostRunning(root) };
  try {
    if (id.startsWith('run_')) return await door.runLiveness(place, id);
    if (id.startsWith('job_')) return await door.jobLiveness(place, id);
    return await withLeases(context, root, async (leases) => {
      const answer = await leases.check(id);
      if (answer.kind !== 'refused') return door.leaseLiveness(place, leases, answer.lease);
      if (answer.code !== 'LEASE_OVER') throw refusal(answer);
      return door.overLiveness(place, id, answer.reason);
    });
  } finally {
    view.close();
  }
}

const noId = (id: string): HostError =>
  new HostError('USAGE', `${JSON.stringify(id)} is the id of nothing that could go on.`, {
    hint: 'Name a lease (lse_…), a run (run_…) or a job (job_…): `capstan lease list`, `capstan jobs`.',
  });

/** Times as everywhere, with the age of each sign. */
function documentOf(report: LivenessReport, nowMs: number): object {
  const {
    kind,
    subject,
    id,
    reason,
    startedAt,
    isProcessAlive,
    ended,
    signs,
    dropped,
    unknown,
    windows,
  } = report;
  return {
    verdict: kind,
    subject,
    id,
    reason,
    startedAt,
    isProcessAlive,
    ended: ended === null || ended === undefined ? null : { how: ended.how, at: isoOf(ended.atMs) },
    evidence: signs.map(({ atMs, what, isChange }) => ({
      at: isoOf(atMs),
      ageMs: nowMs - atMs,
      what,
      isChange,
    })),
    dropped,
    unknown,
    windows,
  };
}

const isoOf = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();
