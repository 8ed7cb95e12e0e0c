import { type Check, ok, problem } from '../finding.ts';

/** Processes of this workspace that outlived their host. A running host's own workers are none. */
export const leftovers: Check = async ({ runtime, root }) => {
  if (root === null) return [];
  const found = await runtime.findLeftovers(root);
  if (found === 'busy') return [ok('processes', 'a host is running in this workspace')];
  return found.length === 0
    ? [ok('processes', 'none left behind')]
    : [
        problem(
          'processes',
          `left behind by an earlier host: ${found.join(', ')}`,
          'The next `capstan run` ends them.',
        ),
      ];
};
