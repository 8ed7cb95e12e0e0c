import type { Context } from '../../context.ts';
import { tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type CapabilitySummary, summarize } from '../../inventory.ts';
import { table } from '../../terminal/table.ts';
import { requireWorkspace } from '../../workspace.ts';

export async function list(context: Context): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const capabilities = await summarize(await context.doors.declared(), root, context.io.env);
  if (context.json) context.printJson({ workspace: root, capabilities });
  else if (capabilities.length === 0) {
    context.say(`capstan.yaml in ${root} declares no capabilities yet. See docs/capabilities.md.`);
  } else {
    const { style } = context;
    const paintOf = { installed: style.green, 'not installed': style.dim, changed: style.yellow };
    const rows = capabilities.map((one) => [
      one.name,
      one.kind,
      one.version ?? '-',
      { text: one.state, paint: paintOf[one.state] },
      one.actions.join(', '),
    ]);
    context.print(
      ...table(['NAME', 'KIND', 'VERSION', 'STATE', 'ACTIONS'], rows, {
        columns: tableColumns(context.io),
        style,
      }),
    );
    context.say(...advice(context, capabilities));
  }
  return 0;
}

function advice({ talkStyle: style }: Context, capabilities: CapabilitySummary[]): string[] {
  const open = capabilities.filter((one) => one.state !== 'installed');
  const problems = open.flatMap((one) =>
    one.problem === null ? [] : [style.yellow(`${one.name}: ${one.problem.message}`)],
  );
  const next =
    open.length > 0
      ? 'Next: capstan install'
      : `Next: capstan show ${capabilities[0]?.name ?? '<name>'}`;
  return ['', ...problems, style.dim(next)];
}
