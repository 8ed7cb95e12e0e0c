import { type Canvas, deviceBars } from '../../machine/devices.ts';
import { leaseTable, waiterTable } from '../../machine/leases.ts';
import { residentTable } from '../../machine/residents.ts';
import { type Column, fittedTable } from '../../terminal/fitted-table.ts';
import { oneLine } from '../../terminal/plain.ts';
import { age, duration } from '../../terminal/quantities.ts';
import { truncate } from '../../terminal/width.ts';
import type { JobNow, JobsNow, Snapshot } from './snapshot.ts';

interface Section {
  /** Its header, and a line per thing. */
  lines: string[];
  /** More that were not even read. */
  unread: number;
}

/** What there is to see, in lines that fit. `rows`: so many at most. */
export function frameOf(
  snapshot: Snapshot,
  canvas: Canvas,
  rows: number,
  footer: string | null = null,
): string[] {
  const head = [titleOf(snapshot, canvas), '', ...deviceBars(snapshot.devices, canvas)];
  const foot = [...problemsOf(snapshot, canvas), ...(footer === null ? [] : ['', footer])];
  const room = rows - head.length - foot.length;
  const body = shared(sectionsOf(snapshot, canvas), room).flatMap((section) => [
    '',
    ...cut(section, canvas),
  ]);
  return [...[...head, ...body].slice(0, Math.max(1, rows - foot.length)), ...foot].slice(0, rows);
}

function titleOf({ workspace, host, jobs, at }: Snapshot, { columns, style }: Canvas): string {
  const where = workspace === null ? 'outside of a workspace' : oneLine(workspace);
  const up = workspace === null ? [] : [host === null ? 'no host is up' : `host ${host.pid}`];
  const time = `${at.slice(11, 19)}Z`;
  const text = [time, ...(jobs === null ? [] : [countText(jobs)]), ...up, where].join(' · ');
  return style.bold(truncate(text, columns));
}

function countText({ counts }: JobsNow): string {
  const { running, pending, needs_decision: undecided } = counts;
  const more = undecided === 0 ? '' : `, ${undecided} to be decided`;
  return `${running} running, ${pending} waiting${more}`;
}

function sectionsOf(snapshot: Snapshot, canvas: Canvas): Section[] {
  const { jobs, residents, leases, waiters } = snapshot;
  const nowMs = Date.parse(snapshot.at);
  const isIdle = jobs !== null && jobs.running.length + jobs.waiting.length === 0;
  const section = (lines: string[], unread = 0): Section[] =>
    lines.length < 2 ? [] : [{ lines, unread }];
  return [
    ...(jobs === null
      ? []
      : [
          ...section(
            runningTable(snapshot, jobs.running, nowMs, canvas),
            jobs.counts.running - jobs.running.length,
          ),
          ...section(
            waitingTable(jobs.waiting, nowMs, canvas),
            jobs.counts.pending - jobs.waiting.length,
          ),
          ...section(
            undecidedTable(jobs.undecided, canvas),
            jobs.counts.needs_decision - jobs.undecided.length,
          ),
          ...(isIdle ? [{ lines: [nothingToDo(canvas)], unread: 0 }] : []),
        ]),
    ...section(residentTable(residents, canvas)),
    ...section(leaseTable(leases, nowMs, canvas)),
    ...section(waiterTable(waiters, canvas)),
  ];
}

const nothingToDo = ({ style, columns }: Canvas): string =>
  style.dim(truncate('No job runs or waits.', columns));

function runningTable(
  { host }: Snapshot,
  jobs: readonly JobNow[],
  nowMs: number,
  canvas: Canvas,
): string[] {
  const { style } = canvas;
  const isCutOff = host === null;
  const columns: Column[] = [
    { title: 'RUNNING', worth: 9, cells: jobs.map(({ call }) => oneLine(call)) },
    {
      title: 'FOR',
      worth: 8,
      cells: jobs.map(({ startedAt }) =>
        isCutOff
          ? { text: 'cut off, goes on with the next host', paint: style.yellow }
          : { text: sinceText(startedAt, nowMs), paint: style.green },
      ),
    },
    { title: 'JOB', worth: 6, cells: jobs.map(({ id }) => id) },
    ...(jobs.some(({ run }) => run !== null)
      ? [{ title: 'RUN', worth: 2, cells: jobs.map(runText) }]
      : []),
  ];
  return fittedTable(columns, canvas);
}

const sinceText = (iso: string | null, nowMs: number): string =>
  iso === null ? '-' : duration(nowMs - Date.parse(iso));

const runText = ({ run, node }: JobNow): string =>
  run === null ? '-' : oneLine(node === null ? run : `${node} of ${run}`);

function waitingTable(jobs: readonly JobNow[], nowMs: number, canvas: Canvas): string[] {
  const hasPriorities = jobs.some(({ priority }) => priority !== 0);
  const columns: Column[] = [
    { title: 'WAITING', worth: 8, cells: jobs.map(({ call }) => oneLine(call)) },
    { title: 'SINCE', worth: 4, cells: jobs.map(({ submittedAt }) => age(submittedAt, nowMs)) },
    ...(hasPriorities
      ? [{ title: 'PRIORITY', worth: 3, cells: jobs.map(({ priority }) => String(priority)) }]
      : []),
    { title: 'JOB', worth: 2, cells: jobs.map(({ id }) => id) },
    {
      title: 'WHY',
      worth: 9,
      cells: jobs.map(({ waitReason }) => oneLine(waitReason ?? 'it is about to begin')),
    },
  ];
  return fittedTable(columns, canvas);
}

function undecidedTable(jobs: readonly JobNow[], canvas: Canvas): string[] {
  const columns: Column[] = [
    { title: 'TO BE DECIDED', worth: 9, cells: jobs.map(({ call }) => oneLine(call)) },
    { title: 'TYPE', worth: 8, cells: jobs.map(({ id }) => `capstan decide ${id} rerun, or fail`) },
  ];
  return fittedTable(columns, canvas);
}

const problemsOf = ({ problems }: Snapshot, { columns, style }: Canvas): string[] =>
  problems.length === 0
    ? []
    : ['', ...problems.map((one) => style.yellow(truncate(`note: ${oneLine(one)}`, columns)))];

/** Less of a section says nothing: its header, a line, and how many more there are. */
const leastRows = 3;

/**
 * Every section gets what it needs where there is room; else each the same, and what one spares the others get. Where
 * there is not even room for a little of each, the last ones are left out.
 */
function shared(sections: readonly Section[], room: number): (Section & { rows: number })[] {
  const shown: Section[] = [];
  let needed = 0;
  for (const section of sections) {
    needed += 1 + Math.min(section.lines.length, leastRows); // with the empty line above it
    if (needed > room) break;
    shown.push(section);
  }
  let left = room - shown.length;
  const byNeed = shown.toSorted((a, b) => a.lines.length - b.lines.length);
  const given = new Map<Section, number>();
  for (const [at, section] of byNeed.entries()) {
    const rows = Math.min(section.lines.length, Math.floor(left / (byNeed.length - at)));
    given.set(section, rows);
    left -= rows;
  }
  return shown.map((section) => ({ ...section, rows: given.get(section) ?? leastRows }));
}

function cut({ lines, unread, rows }: Section & { rows: number }, { style }: Canvas): string[] {
  const fits = lines.length + (unread > 0 ? 1 : 0) <= rows;
  const shown = fits && unread === 0 ? lines : lines.slice(0, Math.max(1, rows - 1));
  const more = lines.length - shown.length + unread;
  return more === 0 ? shown : [...shown, style.dim(`… and ${more} more`)];
}
