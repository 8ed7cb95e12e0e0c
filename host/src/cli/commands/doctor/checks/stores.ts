import { messageOf } from '../../../../errors.ts';
import { type Check, ok, problem, warning } from '../finding.ts';

/** Opens the state like a reader does, and checks the file's structure and the journal's chain. */
export const stores: Check = async ({ runtime, root }) => {
  if (root === null) return [];
  const { stateDb } = runtime.workspacePaths(root);
  const restore = `Keep a copy of ${stateDb}, then restore it from a backup, or move it away to start empty.`;
  try {
    // Also where there is no file: it may be missing.
    const view = runtime.openReader(root);
    try {
      const { ok: isWhole, rows, problems, warnings } = await view.verifyJournal();
      const whole =
        rows === 0 ? 'nothing was run here yet' : `journal whole and unchanged, ${rows} rows`;
      return [
        ...(isWhole
          ? [ok('state', whole)]
          : problems.slice(0, 5).map(({ message }) => problem('state', message, restore))),
        ...warnings.map((message) =>
          warning(
            'state',
            message,
            'Right if you put back a backup. What came after it is not known.',
          ),
        ),
      ];
    } finally {
      view.close();
    }
  } catch (error) {
    return [problem('state', messageOf(error), restore)];
  }
};
