import { existsSync } from 'node:fs';
import { messageOf } from '../../../../errors.ts';
import { Counting } from '../../../counting.ts';
import { endOf } from '../../journal/rows.ts';
import { type Check, ok, problem, warning } from '../finding.ts';

/**
 * Opens the state like a reader does, and checks the file's structure, the journal's chain, and that it is
 * the very file that was last written here.
 */
export const stores: Check = async ({ context, runtime, root }) => {
  if (root === null) return [];
  const { stateDb, stateHead } = runtime.workspacePaths(root);
  if (!existsSync(stateDb)) {
    return existsSync(stateHead)
      ? [
          problem(
            'state',
            `${stateDb} is gone, though something was run here`,
            'Put it back from a backup, together with its -wal file if there is one.',
          ),
        ]
      : [ok('state', 'nothing was run here yet')];
  }
  const restore = `Keep a copy of ${stateDb}, then restore it from a backup, or move it away to start empty.`;
  try {
    const view = runtime.openReader(root);
    const counting = new Counting(context, 'verifying the journal', endOf(view));
    try {
      const report = await view.verifyJournal(undefined, counting.at);
      counting.close();
      return [
        ...(report.ok
          ? [ok('state', `journal whole and unchanged, ${report.rows} rows`)]
          : report.problems.slice(0, 5).map(({ message }) => problem('state', message, restore))),
        ...report.warnings.map((text) =>
          warning('state', text, 'If you put a backup back yourself, all is well: it is recorded.'),
        ),
      ];
    } finally {
      counting.close();
      view.close();
    }
  } catch (error) {
    return [problem('state', messageOf(error), restore)];
  }
};
