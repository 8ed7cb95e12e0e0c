import { messageOf } from '../../../../errors.ts';
import { isHostRunning, withHost } from '../../../host-client/index.ts';
import { type Check, ok, problem } from '../finding.ts';

/** Whether a host is up, can be asked, and accepts work. */
export const host: Check = async ({ context, root }) => {
  if (root === null) return [];
  if (!(await isHostRunning(root))) return [ok('host', 'none is up')];
  try {
    const stats = await withHost(context, { root, dispatch: false }, (asked) => asked.stats());
    const { pid, wedged } = stats;
    return typeof wedged === 'string'
      ? [
          problem(
            'host',
            `process ${String(pid)} accepts nothing new: ${wedged}`,
            'Remove the cause (usually: free some space). It goes on by itself, and keeps what runs.',
          ),
        ]
      : [ok('host', `process ${String(pid)} is up and accepts work`)];
  } catch (error) {
    return [
      problem(
        'host',
        `one is up and cannot be asked: ${messageOf(error)}`,
        'End it, and start it again; nothing that was accepted is lost.',
      ),
    ];
  }
};
