import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { CapabilityReport, ConsentQuestion, InstallReport } from '../../runtime.ts';
import type { InstallOptions } from './install.ts';
import { describePlan, outlinePlan } from './plan-text.ts';

/**
 * Shows the plan and says whether to go on with it. Asked only when something would be fetched; building
 * from what is here needs no leave. Who has agreed already, or need not, gets an outline. Throws
 * CONSENT_NEEDED when nobody is there to ask.
 */
export async function agreed(
  context: Context,
  report: InstallReport,
  { yes, force = false }: InstallOptions,
  cost: string | null,
): Promise<boolean> {
  const names = report.capabilities.filter((one) => fetches(one, force)).map(({ name }) => name);
  if (names.length === 0 || yes === true) {
    context.say(...outlinePlan(report, force, context.talkStyle));
    return true;
  }
  context.say(...describePlan(report, force, context.talkStyle, cost), '');
  if (context.canAsk) return ask(`Fetch packages and build ${names.join(', ')}?`);
  throw new HostError(
    'CONSENT_NEEDED',
    `Installing ${names.join(', ')} fetches packages and runs their installers; nobody is here to agree.`,
    {
      hint: 'Look at the plan with `capstan install --dry-run`, then agree with `capstan install --yes`.',
      details: { capabilities: names },
    },
  );
}

const fetches = ({ state, plan }: CapabilityReport, force: boolean): boolean =>
  state === 'planned' &&
  plan !== null &&
  (!plan.isBuilt || force) &&
  (plan.packages.length > 0 || plan.locked > 0 || plan.consent !== null);

/** A tool that is fetched for the first time is a question of its own; `--yes` answers it too. */
export async function agreedTo(
  context: Context,
  { message, command, otherwise }: ConsentQuestion,
  { yes }: InstallOptions,
): Promise<boolean> {
  if (yes === true) return true;
  if (!context.canAsk) return false;
  context.say(
    context.talkStyle.dim(`  ${command.join(' ')}`),
    context.talkStyle.dim(`  If not: ${otherwise}`),
  );
  return ask(message);
}

async function ask(message: string): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await confirm({ message, output: process.stderr });
  return !isCancel(answer) && answer;
}
