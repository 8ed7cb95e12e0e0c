import type { CapabilityReport } from '../../runtime.ts';
import { oneLine, plain } from '../../terminal/plain.ts';
import type { Style } from '../../terminal/style.ts';

/** What would be done for one capability: where, what is fetched, and the commands, word for word. */
export function describePlan(
  { name, state, plan, error }: CapabilityReport,
  style: Style,
): string[] {
  if (plan === null) {
    return [
      `${style.bold(name)}  ${style.red('cannot be planned')}`,
      ...indent(error?.message ?? ''),
    ];
  }
  const facts: [string, string][] = [['folder', plan.folder]];
  if (!plan.isBuilt) {
    if (plan.packages.length > 0) facts.push(['fetches', plan.packages.map(oneLine).join(', ')]);
    for (const { command } of plan.steps) facts.push(['runs', command.map(shown).join(' ')]);
  }
  if (plan.consent !== null)
    facts.push(['first', `${plan.consent.command.join(' ')}  (if you agree)`]);
  for (const note of plan.notes) facts.push(['note', note]);
  const lines = state === 'unchanged' ? [] : facts;
  return [
    `${style.bold(name)}  ${plan.kind}  ${style.dim(doing(state, plan.isBuilt))}`,
    ...lines.map(([fact, value]) => `  ${style.dim(fact.padEnd(7))} ${plain(value)}`),
  ];
}

function doing(state: CapabilityReport['state'], isBuilt: boolean): string {
  if (state === 'unchanged') return 'nothing has changed';
  return isBuilt ? 'its environment is there; its code is recorded anew' : 'to be built';
}

const shown = (word: string): string =>
  /^[\w./:@%+=,<>~^-]+$/.test(word) ? word : JSON.stringify(word);
const indent = (text: string): string[] =>
  plain(text)
    .split('\n')
    .map((line) => `  ${line}`);
