import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { plain } from '../../terminal/plain.ts';
import { age, size } from '../../terminal/quantities.ts';
import { table } from '../../terminal/table.ts';
import { bytesOf, documentOf, findResults } from './find.ts';

export async function list(context: Context, capability: string | undefined): Promise<ExitCode> {
  const { root, results } = await findResults(context, capability);
  const bytes = bytesOf(results);
  if (context.json) {
    context.printJson({ workspace: root, bytes, results: results.map(documentOf) });
    return 0;
  }
  if (results.length === 0) {
    context.say('No results are cached. docs/capabilities.md says how a tool keeps some.');
    return 0;
  }
  const nowMs = context.io.nowMs();
  const rows = results.map(({ id, bytes: own, files, usedMs, input }) => [
    plain(id),
    size(own),
    String(files),
    age(new Date(usedMs).toISOString(), nowMs),
    plain(input ?? '-'),
  ]);
  const { style, io } = context;
  const columns = tableColumns(io);
  context.print(...table(['ID', 'SIZE', 'FILES', 'USED', 'INPUT'], rows, { columns, style }));
  context.say(`${results.length} ${results.length === 1 ? 'result' : 'results'}, ${size(bytes)}`);
  return 0;
}
