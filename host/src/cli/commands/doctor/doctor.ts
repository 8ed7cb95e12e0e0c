import { messageOf } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { oneLine } from '../../terminal/plain.ts';
import { padEnd, widthOf } from '../../terminal/width.ts';
import { findRoot } from '../../workspace.ts';
import { conda } from './checks/conda.ts';
import { environments, looser } from './checks/environments.ts';
import { host } from './checks/host.ts';
import { leftovers } from './checks/leftovers.ts';
import { loopback } from './checks/loopback.ts';
import { machine, monitor } from './checks/machine.ts';
import { disk, runtimeFolder } from './checks/places.ts';
import { programs } from './checks/programs.ts';
import { queue } from './checks/queue.ts';
import { reserve } from './checks/reserve.ts';
import { secrets } from './checks/secrets.ts';
import { stores } from './checks/stores.ts';
import { workspace } from './checks/workspace.ts';
import { type Check, type Finding, type Patient, problem } from './finding.ts';

const checks: { [name: string]: Check } = {
  programs,
  conda,
  workspace,
  looser,
  environments,
  secrets,
  state: stores,
  reserve,
  host,
  queue,
  sockets: runtimeFolder,
  loopback,
  disk,
  machine,
  monitor,
  processes: leftovers,
};

/** Runs every check; one that fails by itself is a finding too, and stops none of the others. */
export async function doctor(context: Context): Promise<ExitCode> {
  const runtime = await context.doors.runtime();
  const patient: Patient = { context, runtime, env: context.io.env, root: findRoot(context) };
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(checks)) {
    // oxlint-disable-next-line no-await-in-loop -- answers appear as they come, in a fixed order
    const found = await check(patient).catch((error: unknown) => [
      problem(name, `could not be checked: ${messageOf(error)}`, 'Please report this.'),
    ]);
    findings.push(...found);
    if (!context.json) context.print(...found.flatMap((one) => describe(one, context)));
  }
  const problems = findings.filter(({ state }) => state === 'problem').length;
  if (context.json) context.printJson({ healthy: problems === 0, findings });
  else context.say('', problems === 0 ? 'Nothing stands in the way.' : `${problems} to fix.`);
  return problems === 0 ? 0 : 1;
}

const nameWidth = 20;

function describe({ check, state, message, fix }: Finding, { style, unicode }: Context): string[] {
  const mark = {
    ok: style.green(unicode ? '✔' : '+'),
    warning: style.yellow('!'),
    problem: style.red(unicode ? '✖' : 'x'),
  }[state];
  const indent = ' '.repeat(Math.max(nameWidth, widthOf(check)) + 3);
  return [
    `${mark} ${padEnd(check, nameWidth)} ${oneLine(message)}`,
    ...(fix === undefined ? [] : [`${indent}${style.bold('fix')}: ${oneLine(fix)}`]),
  ];
}
