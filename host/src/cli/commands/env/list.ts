import { HostError } from '../../../errors.ts';
import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { namedInstance, variableRows, variablesOf } from '../../instance-variables.ts';
import { table } from '../../terminal/table.ts';
import { requireWorkspace } from '../../workspace.ts';

export async function listVariables(context: Context, instance: string): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const named = await namedInstance(context, root, instance);
  const { capability } = named.declared;
  const found = await variablesOf(context, root, named);
  if (found === null) {
    throw new HostError(
      'CAPABILITY_NOT_INSTALLED',
      `${capability} is declared but not installed.`,
      {
        hint: `Run \`capstan install ${capability}\`.`,
      },
    );
  }
  const { variables, warnings } = found;
  if (context.json) context.printJson({ instance, capability, variables, warnings });
  else if (variables.length === 0) context.say(`${capability} declares no variables.`);
  else {
    const layout = { columns: tableColumns(context.io), style: context.style };
    context.print(...table(['VARIABLE', 'VALUE', 'FROM', ''], variableRows(variables), layout));
  }
  context.say(...warnings.map((text) => context.talkStyle.yellow(`warning: ${text}`)));
  return 0;
}
