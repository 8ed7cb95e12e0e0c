import type { SideName } from '../measure/figure.ts';

/** What is known of the systems beside us, by their names. */
type Beside<Known> = { readonly [side in SideName]?: Known };

/** Those whose tools are Python, in a worker of their own. */
export const whoRunPython = <Known>(all: Beside<Known>): Beside<Known> =>
  only(all, ['cjm-substrate', 'cjm-substrate-kindest', 'cjm-substrate-0.0.58']);

/** Those whose jobs wait in a server, which their clients talk to. */
export const whoServe = <Known>(all: Beside<Known>): Beside<Known> =>
  only(all, ['bullmq', 'graphile-worker', 'restate']);

function only<Known>(all: Beside<Known>, names: readonly SideName[]): Beside<Known> {
  const known = names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]]));
  return Object.fromEntries(known) as Beside<Known>;
}
