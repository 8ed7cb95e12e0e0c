import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { isHostRunning, withHost } from '../../host-client/index.ts';
import { inspect } from '../../inspect.ts';
import { paintOf } from '../../job-summary.ts';
import type { HostStats, JobRow, JobStats } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { age, size, took } from '../../terminal/quantities.ts';
import { table } from '../../terminal/table.ts';
import { requireWorkspace } from '../../workspace.ts';

interface Stats {
  jobs: JobStats;
  disabled: string[];
  host: HostStats | null;
}

export async function stats(context: Context): Promise<ExitCode> {
  const counted = await inspect(context, (view) => ({
    jobs: view.jobStats(context.io.nowMs()),
    disabled: view.disabledInstances(),
  }));
  const isUp = await isHostRunning(requireWorkspace(context));
  const host = isUp ? await withHost(context, { dispatch: false }, (one) => one.stats()) : null;
  if (context.json) context.printJson({ ...counted, host });
  else context.print(...describe(context, { ...counted, host }));
  return 0;
}

function describe(context: Context, { jobs, disabled, host }: Stats): string[] {
  const { io, style } = context;
  const { byState, lastHour, total, oldestPending, durations } = jobs;
  const facts: [string, string][] = [
    ['host', host === null ? 'none is up' : hostText(host)],
    ['open', listed(['pending', 'running', 'needs_decision'], byState)],
    ['last hour', listed(['completed', 'failed', 'cancelled', 'retried'], lastHour)],
    ['ever', listed(['completed', 'failed', 'cancelled', 'retried'], total)],
  ];
  if (oldestPending !== null) {
    const { jobId, submittedAt } = oldestPending;
    facts.push(['oldest', `${jobId}, submitted ${age(submittedAt, io.nowMs())}`]);
  }
  if (durations !== null) {
    const { waitMs, runMs } = durations;
    facts.push(
      ['waiting', `${took(waitMs.mean)} on average, 95 of 100 within ${took(waitMs.p95)}`],
      ['running', `${took(runMs.mean)} on average, 95 of 100 within ${took(runMs.p95)}`],
    );
  }
  const lines = facts.map(([name, value]) => `${style.dim(name.padEnd(10))} ${value}`);
  const wedged = host?.['wedged'];
  if (typeof wedged === 'string') {
    lines.push(style.red(`${'wedged'.padEnd(10)} nothing new is accepted: ${oneLine(wedged)}`));
  }
  const rows = Object.entries(jobs.byInstance).map(([name, tally]) => [
    name === tally.capability ? name : `${name} (${tally.capability})`,
    ...states.map((state) => ({
      text: String(tally[state]),
      paint: tally[state] === 0 ? style.dim : paintOf(state, style),
    })),
    { text: disabled.includes(name) ? 'disabled' : '', paint: style.yellow },
  ]);
  // One that is disabled may have had no job yet.
  for (const name of disabled.filter((one) => jobs.byInstance[one] === undefined)) {
    rows.push([name, ...states.map(() => '-'), { text: 'disabled', paint: style.yellow }]);
  }
  if (rows.length === 0) return lines;
  const header = ['INSTANCE', ...states.map((state) => state.toUpperCase().replace('_', ' ')), ''];
  return [...lines, '', ...table(header, rows, { columns: tableColumns(io), style })];
}

const states: readonly JobRow['state'][] = [
  'pending',
  'running',
  'needs_decision',
  'completed',
  'failed',
  'cancelled',
];

function listed<Name extends string>(
  names: readonly Name[],
  counts: { [name in Name]: number },
): string {
  return names.map((name) => `${counts[name]} ${name.replace('_', ' ')}`).join(', ');
}

function hostText(host: HostStats): string {
  const { pid, rssBytes, lanes } = host;
  const parts = [`process ${String(pid)}`];
  if (typeof rssBytes === 'number') parts.push(size(rssBytes));
  if (typeof lanes === 'object' && lanes !== null && !Array.isArray(lanes)) {
    parts.push(`${String(lanes['inUse'])} of ${String(lanes['total'])} lanes in use`);
  }
  return parts.join(', ');
}
