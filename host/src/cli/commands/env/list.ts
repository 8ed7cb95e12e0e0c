import { HostError } from '../../../errors.ts';
import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { oneLine } from '../../terminal/plain.ts';
import { table } from '../../terminal/table.ts';
import { openSecretStore } from '../../unlocking.ts';
import { requireWorkspace } from '../../workspace.ts';
import { namedInstance } from './instance.ts';

export async function listVariables(context: Context, instance: string): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const { declared, written, set } = await namedInstance(context, root, instance);
  const { capability, specs, inherited, paths, dialect } = declared;
  if (specs === null) {
    throw new HostError(
      'CAPABILITY_NOT_INSTALLED',
      `${capability} is declared but not installed.`,
      {
        hint: `Run \`capstan install ${capability}\`.`,
      },
    );
  }
  const { variableStatuses, visibleVariables } = await context.doors.declared();
  const overrides = { ...written, ...set };
  const wanted = { capability, instance, specs, overrides, inherited, paths, dialect };
  const secretStore = await openSecretStore(context, root);
  const statuses = await variableStatuses({ ...wanted, secretStore });
  const { env, warnings } = visibleVariables(wanted);
  const variables = statuses.map((status, index) => ({
    ...status,
    ...(status.secret ? {} : { value: env[status.name] ?? inherited[status.name] ?? null }),
    default: specs[index]?.default ?? null,
    options: specs[index]?.options ?? [],
  }));
  if (context.json) {
    context.printJson({ instance, capability, variables, warnings });
    return 0;
  }
  if (variables.length === 0) context.say(`${capability} declares no variables.`);
  else {
    const rows = variables.map((one) => [
      one.name,
      one.secret ? secretText(one.satisfied) : (one.value ?? '-'),
      one.satisfied ? (one.source ?? '') : one.required ? 'missing' : 'not set',
      oneLine([one.label || one.description, choices(one.options)].filter(Boolean).join(' ')),
    ]);
    const columns = tableColumns(context.io);
    context.print(
      ...table(['VARIABLE', 'VALUE', 'FROM', ''], rows, { columns, style: context.style }),
    );
  }
  context.say(...warnings.map((text) => context.talkStyle.yellow(`warning: ${text}`)));
  return 0;
}

const secretText = (isSet: boolean): string => (isSet ? '(secret, set)' : '(secret)');

const choices = (options: readonly string[]): string =>
  options.length === 0 ? '' : `(${options.join(', ')})`;
