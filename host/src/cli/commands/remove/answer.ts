import type { Context } from '../../context.ts';
import type { RemovalPlan } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';

export interface Removed {
  plan: RemovalPlan;
  /** Jobs that wait for it, and will fail. */
  pendingJobs: number;
}

type Print = (...lines: string[]) => void;

/** What would go, and what would stay and why. */
export function tellPlan(context: Context, { plan, pendingJobs }: Removed, print: Print): void {
  print(...linesOf(context, plan, { gone: 'will go', stays: 'stays' }));
  warnOfJobs(context, plan, pendingJobs);
}

export function tellRemoved(context: Context, { plan, pendingJobs }: Removed): void {
  context.print(...linesOf(context, plan, { gone: 'removed', stays: 'kept' }));
  warnOfJobs(context, plan, pendingJobs);
  context.say(
    context.talkStyle.dim('Jobs it did, and files they made, stay in the journal: `capstan jobs`.'),
  );
}

function warnOfJobs(context: Context, { name }: RemovalPlan, count: number): void {
  if (count === 0) return;
  const jobs = count === 1 ? '1 job waits' : `${count} jobs wait`;
  context.say(context.talkStyle.yellow(`${jobs} for ${name}, and will fail without it.`));
}

function linesOf(
  { style }: Context,
  { parts }: RemovalPlan,
  words: { gone: string; stays: string },
): string[] {
  const width = Math.max(words.gone.length, words.stays.length);
  return parts.map(({ what, place, kept }) => {
    const text = `${what.padEnd(11)}  ${plain(place)}`;
    if (kept === null) return `${style.red(words.gone.padEnd(width))}  ${text}`;
    return `${style.green(words.stays.padEnd(width))}  ${text}  ${style.dim(`(${plain(kept)})`)}`;
  });
}

export const documentOf = (
  root: string,
  { plan, pendingJobs }: Removed,
  dryRun: boolean,
): object => ({
  workspace: root,
  name: plan.name,
  dryRun,
  removed: plan.parts
    .filter(({ kept }) => kept === null)
    .map(({ what, place }) => ({ what, place })),
  kept: plan.parts
    .filter(({ kept }) => kept !== null)
    .map(({ what, place, kept }) => ({ what, place, why: kept })),
  lines: plan.lines,
  pendingJobs,
});
