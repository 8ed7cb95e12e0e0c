import { existsSync } from 'node:fs';
import { messageOf } from '../../../../errors.ts';
import { type Check, ok, problem } from '../finding.ts';

/** Opens the state like a reader does, and checks the file's structure and the journal's chain. */
export const stores: Check = async ({ runtime, root }) => {
  if (root === null) return [];
  const { stateDb } = runtime.workspacePaths(root);
  if (!existsSync(stateDb)) return [ok('state', 'nothing was run here yet')];
  const restore = `Keep a copy of ${stateDb}, then restore it from a backup, or move it away to start empty.`;
  try {
    const view = runtime.openReader(root);
    try {
      const report = await view.verifyJournal();
      return report.ok
        ? [ok('state', `journal whole and unchanged, ${report.rows} rows`)]
        : report.problems.slice(0, 5).map(({ message }) => problem('state', message, restore));
    } finally {
      view.close();
    }
  } catch (error) {
    return [problem('state', messageOf(error), restore)];
  }
};
