import { HostError } from '../../../errors.ts';
import { readHidden } from '../../ask-hidden.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { readyStore, sayWarnings, tellOfChange } from '../../secret-store.ts';
import { plain } from '../../terminal/plain.ts';
import { shellWord } from '../../terminal/shell.ts';
import { requireWorkspace } from '../../workspace.ts';

export interface SetOptions {
  undeclared?: boolean;
  restart?: boolean;
  value?: string | true;
}

export async function setSecret(
  context: Context,
  capability: string,
  name: string,
  values: readonly string[],
  { undeclared = false, restart = true, value: optionValue }: SetOptions,
): Promise<ExitCode> {
  refuseValues(capability, name, values.length > 0 || optionValue !== undefined);
  const root = requireWorkspace(context);
  await mustBeSettable(context, root, capability, name, undeclared);
  const store = await readyStore(context, root);
  const value = await readHidden(context, `The value of ${name} for ${capability}:`);
  await store.set(capability, name, value);
  const { shortValueWarning } = await context.doors.declared();
  const short = shortValueWarning(name, value);
  const warnings = [...(await sayWarnings(context, store)), ...(short === null ? [] : [short])];
  if (short !== null) context.say(context.talkStyle.yellow(`warning: ${short}`));
  const told = await tellOfChange(context, root, capability, restart);
  warnings.push(...told.warnings);
  if (context.json) context.printJson({ capability, name, set: true, host: told.host, warnings });
  else context.print(`${plain(name)} is set for ${plain(capability)}.`);
  return 0;
}

/** What was typed is in the list of processes and the history of the shell by now; it is not said again. */
function refuseValues(capability: string, name: string, isGiven: boolean): void {
  const [bare = ''] = name.split('=', 1);
  if (!isGiven && bare === name) return;
  throw new HostError(
    'USAGE',
    'A secret is not given as an argument: every program of this machine can read it there, and the shell keeps it in its history.',
    {
      hint: `Run \`capstan secret set ${shellWord(capability)} ${shellWord(bare)}\` to be asked for it, or give it on stdin. If this was the real one, replace it where it comes from.`,
    },
  );
}

async function mustBeSettable(
  context: Context,
  root: string,
  capability: string,
  name: string,
  isUndeclaredToo: boolean,
): Promise<void> {
  const { declaredVariables, variablesDeclaredBy, variableToSet } = await context.doors.declared();
  const declared = variablesDeclaredBy(capability, await declaredVariables(root, context.io.env));
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new HostError(
      'VARIABLE_INVALID',
      'The name of a variable has letters, digits and _ only.',
      {
        hint: 'Write it as the capability declares it, such as API_KEY.',
      },
    );
  }
  if (isUndeclaredToo && !declared.specs?.some((one) => one.name === name)) return;
  try {
    variableToSet(declared, name, 'secret');
  } catch (error) {
    if (!(error instanceof HostError) || error.code === 'VARIABLE_INVALID') throw error;
    throw new HostError(error.code, error.message, {
      hint: `${error.hint} With --undeclared it is kept all the same, for a version that declares it.`,
      details: error.details,
    });
  }
}
