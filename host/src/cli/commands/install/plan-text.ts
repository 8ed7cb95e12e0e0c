import type { CapabilityReport, InstallReport } from '../../runtime.ts';
import { oneLine, plain } from '../../terminal/plain.ts';
import type { Style } from '../../terminal/style.ts';
import { padEnd, widthOf } from '../../terminal/width.ts';

type Plan = NonNullable<CapabilityReport['plan']>;

/**
 * The whole plan: where each environment will lie, what is fetched, and the commands, word for word. What
 * several capabilities share is told once.
 */
export function describePlan(
  { capabilities }: InstallReport,
  force: boolean,
  style: Style,
  cost: string | null = null,
): string[] {
  const all = capabilities.map((one) => asDone(one, force));
  return [
    ...all.flatMap((one) => describeOne(one, ownerOf(one, all), style)),
    ...describeFirst(all, style),
    ...(cost === null ? [] : [`${style.bold('in all')}  ${cost}`]),
  ];
}

/** What is forced is built anew, whether it is there or not. */
const asDone = (one: CapabilityReport, force: boolean): CapabilityReport =>
  one.plan === null || !force ? one : { ...one, plan: { ...one.plan, isBuilt: false } };

function describeOne(
  { name, state, plan, error }: CapabilityReport,
  owner: string,
  style: Style,
): string[] {
  if (plan === null) {
    const why = plain(error?.message ?? '').split('\n');
    return [
      `${style.bold(name)}  ${style.red('cannot be installed')}`,
      ...why.map((line) => `  ${line}`),
    ];
  }
  const facts = state === 'unchanged' || owner !== name ? [] : factsOf(plan);
  return [
    `${style.bold(name)}  ${plan.kind}  ${style.dim(doing(state, plan, name, owner))}`,
    ...facts.map(([fact, value]) => `  ${style.dim(fact.padEnd(7))} ${plain(value)}`),
  ];
}

function factsOf(plan: Plan): [string, string][] {
  const facts: [string, string][] = [['folder', plan.folder]];
  if (!plan.isBuilt) {
    const packages = packagesOf(plan);
    if (packages !== '') facts.push(['fetches', packages]);
    for (const { command } of plan.steps) facts.push(['runs', command.map(shown).join(' ')]);
  }
  for (const note of plan.notes) facts.push(['note', note]);
  return facts;
}

function doing(
  state: CapabilityReport['state'],
  { isBuilt }: Plan,
  name: string,
  owner: string,
): string {
  if (state === 'unchanged') return 'nothing has changed';
  if (isBuilt) return 'its environment is there; its code is recorded anew';
  return owner === name ? 'to be built' : `shares the environment of ${owner}`;
}

/** The first capability that needs the same environment. */
function ownerOf({ name, plan }: CapabilityReport, all: readonly CapabilityReport[]): string {
  const same = (one: CapabilityReport) => one.state !== 'unchanged' && one.plan?.key === plan?.key;
  return plan === null ? name : (all.find(same)?.name ?? name);
}

/** What is fetched before anything else, and only if its user agrees. */
function describeFirst(capabilities: readonly CapabilityReport[], style: Style): string[] {
  const consent = capabilities.find(({ plan }) => plan !== null && plan.consent !== null)?.plan
    ?.consent;
  if (!consent) return [];
  return [
    `${style.bold('first')}  ${style.dim('if you agree')}`,
    `  ${style.dim('runs   ')} ${plain(consent.command.map(shown).join(' '))}`,
    `  ${style.dim('else   ')} ${plain(consent.otherwise)}`,
  ];
}

/** The plan for somebody who has agreed already: a line for each capability there is something to do for. */
export function outlinePlan(
  { capabilities }: InstallReport,
  force: boolean,
  style: Style,
): string[] {
  const todo = capabilities
    .filter(({ state, plan }) => state === 'planned' && plan !== null)
    .map((one) => asDone(one, force));
  const width = Math.max(0, ...todo.map(({ name }) => widthOf(name)));
  return todo.map(({ name, plan }) => {
    const kind = (plan?.kind ?? '').padEnd('command'.length);
    return `  ${padEnd(name, width)}  ${kind}  ${style.dim(plan === null ? '' : outline(plan))}`;
  });
}

function outline(plan: Plan): string {
  if (plan.isBuilt) return 'its environment is there';
  const packages = packagesOf(plan);
  return packages === '' ? 'nothing to fetch' : packages;
}

/** What was asked for; of a lock only how much it pins, which may be hundreds of packages. */
function packagesOf({ packages, locked }: Plan): string {
  const asked = [...new Set(packages.map((one) => oneLine(withoutMarker(one))))].join(', ');
  if (locked === 0) return asked;
  const pinned = locked === 1 ? '1 locked package' : `${locked} locked packages`;
  return asked === '' ? pinned : `${asked} (${pinned})`;
}

/** `six==1.16.0 ; python_version < "3.12"`: for which machines it is meant is no news to this one. */
const withoutMarker = (requirement: string): string => requirement.replace(/\s*;\s.*$/, '');

const shown = (word: string): string =>
  /^[\w./:@%+=,<>~^-]+$/.test(word) ? word : JSON.stringify(word);
