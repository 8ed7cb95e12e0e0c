import type { Context } from '../../context.ts';
import type { LivenessReport } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { age } from '../../terminal/quantities.ts';

const mostShown = 10;

/** The verdict, why, and what it was concluded from, the newest first. */
export function livenessLines({ style, io }: Context, report: LivenessReport): string[] {
  const { kind, id, reason, signs, startedAt, unknown } = report;
  const paint = { advancing: style.green, spinning: style.yellow, stalled: style.red }[kind];
  const nowMs = io.nowMs();
  const shown = signs.slice(0, mostShown).map(({ atMs, what, isChange }) => {
    const when = age(new Date(atMs).toISOString(), nowMs).padEnd(9);
    return `  ${when} ${oneLine(what)}${isChange ? '' : style.dim('  (a sign of life, no change)')}`;
  });
  const rest = signs.length - shown.length;
  return [
    `${paint(kind)}: ${id}. ${oneLine(reason)}`,
    ...shown,
    ...(rest > 0 ? [style.dim(`  … and ${rest} more; --json has all`)] : []),
    ...(startedAt === null ? [] : [`  ${age(startedAt, nowMs).padEnd(9)} the start`]),
    ...droppedLines(report).map((line) => style.dim(`  ${line}`)),
    ...unknown.map((line) => style.yellow(`  not known: ${oneLine(line)}`)),
  ];
}

function droppedLines({ dropped }: LivenessReport): string[] {
  const counts: [number, string][] = [
    [dropped.future, 'dated in the future'],
    [dropped.undated, 'without a date'],
    [dropped.earlier, 'from before it began'],
  ];
  return counts.flatMap(([count, what]) => (count === 0 ? [] : [`left out: ${count} ${what}`]));
}
