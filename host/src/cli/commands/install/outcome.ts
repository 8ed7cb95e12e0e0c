import { type Context, tableColumns } from '../../context.ts';
import { describeFailure, failureOf } from '../../failure.ts';
import { callable } from '../../inventory.ts';
import type { CapabilityReport } from '../../runtime.ts';
import { table } from '../../terminal/table.ts';

/** What came of an installation, for people: a table, each error once, and what to do next. */
export function tellOutcome(context: Context, capabilities: CapabilityReport[]): void {
  if (capabilities.length > 0) context.print(...resultTable(context, capabilities));
  const failed = capabilities.filter(({ error }) => error !== null);
  for (const { name, error } of failed) {
    const failure = failureOf(error);
    const message = failure.message.includes(name)
      ? failure.message
      : `${name}: ${failure.message}`;
    context.say('', ...describeFailure({ ...failure, message }, context.talkStyle));
  }
  context.say('', nextStep(capabilities, failed.length));
}

function resultTable(context: Context, capabilities: CapabilityReport[]): string[] {
  const { style } = context;
  const paint = {
    planned: style.dim,
    installed: style.green,
    unchanged: style.green,
    failed: style.red,
  };
  const rows = capabilities.map(({ name, state, plan, manifest }) => [
    name,
    plan?.kind ?? '-',
    manifest?.code.version ?? '-',
    { text: state, paint: paint[state] },
    actionsOf(manifest).join(', '),
  ]);
  const header = ['NAME', 'KIND', 'VERSION', 'STATE', 'ACTIONS'];
  return table(header, rows, { columns: tableColumns(context.io), style });
}

export function actionsOf(manifest: CapabilityReport['manifest']): string[] {
  if (manifest === null || manifest.capstan === null) return [];
  const { actions, adapters } = manifest.capstan;
  const tasks = Object.fromEntries(
    adapters.map(({ task_name: task, methods }) => [task, { methods }]),
  );
  return callable({ actions, tasks });
}

function nextStep(capabilities: readonly CapabilityReport[], failed: number): string {
  const [first] = capabilities;
  if (first === undefined) {
    return 'capstan.yaml declares no capabilities yet. See docs/capabilities.md.';
  }
  if (failed === 0) return `Next: capstan show ${first.name}`;
  return failed === capabilities.length
    ? 'Nothing was installed.'
    : `${capabilities.length - failed} of ${capabilities.length} are installed; the others failed.`;
}
