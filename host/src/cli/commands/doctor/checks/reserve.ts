import { existsSync, statSync } from 'node:fs';
import { size } from '../../../terminal/quantities.ts';
import { type Check, ok, warning } from '../finding.ts';

/** Room that is kept back on the disk, so that how running work ended can be written when it is full. */
export const reserve: Check = async ({ runtime, root }) => {
  if (root === null) return [];
  const paths = runtime.workspacePaths(root);
  if (!existsSync(paths.stateDb)) return [];
  const found = statSync(paths.reserve, { throwIfNoEntry: false });
  return found?.isFile() === true && found.blocks > 0
    ? [ok('reserve', `${size(found.size)} kept back for a full disk`)]
    : [
        warning(
          'reserve',
          'nothing is kept back for a full disk: it is full, or was',
          'Make room; a host that is up makes it again by itself.',
        ),
      ];
};
