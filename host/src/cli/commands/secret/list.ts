import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { DeclaredVariables } from '../../runtime.ts';
import { protectionText, sayWarnings } from '../../secret-store.ts';
import { oneLine } from '../../terminal/plain.ts';
import { table } from '../../terminal/table.ts';
import { openSecretStore } from '../../unlocking.ts';
import { requireWorkspace } from '../../workspace.ts';

interface Row {
  capability: string;
  name: string;
  set: boolean;
  declared: boolean;
  required: boolean;
  label: string;
  description: string;
}

export async function listSecrets(context: Context, only: string | undefined): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const { declaredVariables, variablesDeclaredBy } = await context.doors.declared();
  const store = await openSecretStore(context, root);
  const [all, set, state] = await Promise.all([
    declaredVariables(root, context.io.env),
    store.all(),
    store.state(),
  ]);
  // One that is gone from capstan.yaml may have left secrets.
  if (only !== undefined && set[only] === undefined) variablesDeclaredBy(only, all);
  const rows = rowsOf(all, set).filter(
    ({ capability }) => only === undefined || capability === only,
  );
  if (context.json) {
    const { protection, isLocked, warnings } = state;
    context.printJson({ workspace: root, protection, locked: isLocked, secrets: rows, warnings });
    return 0;
  }
  if (rows.length === 0) context.say('No capability here declares a secret, and none is set.');
  else context.print(...tableOf(context, rows));
  context.say(context.talkStyle.dim(protectionText[state.protection]));
  await sayWarnings(context, store);
  return 0;
}

function rowsOf(
  all: readonly DeclaredVariables[],
  set: { readonly [capability: string]: readonly string[] },
): Row[] {
  const capabilities = [...new Set([...all.map((one) => one.capability), ...Object.keys(set)])];
  return capabilities.flatMap((capability) => {
    const isSet = new Set(Object.hasOwn(set, capability) ? set[capability] : []);
    const specs = all.find((one) => one.capability === capability)?.specs ?? [];
    const declared = specs.filter(({ secret }) => secret);
    const strays = [...isSet].filter((name) => !declared.some((one) => one.name === name));
    return [
      ...declared.map(({ name, required, label, description }) => ({
        capability,
        name,
        set: isSet.has(name),
        declared: true,
        required,
        label,
        description,
      })),
      ...strays.map((name) => ({
        capability,
        name,
        set: true,
        declared: false,
        required: false,
        label: '',
        description: '',
      })),
    ];
  });
}

function tableOf({ io, style }: Context, rows: readonly Row[]): string[] {
  const cells = rows.map(({ capability, name, set, declared, required, label, description }) => [
    capability,
    name,
    set ? (declared ? 'set' : 'set, not declared') : required ? 'missing' : 'not set',
    oneLine(label || description),
  ]);
  return table(['CAPABILITY', 'SECRET', 'STATE', ''], cells, { columns: tableColumns(io), style });
}
