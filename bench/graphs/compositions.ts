import { composition, type NodeHandle } from '../../host/src/compositions/builder.ts';
import type { Composition } from '../../host/src/compositions/index.ts';

/** A chain of nodes, each given what the one before returned. */
export function chain(length: number): Composition {
  const made = composition('chain');
  let before: NodeHandle | undefined;
  for (let n = 0; n < length; n++) {
    before = made.node(`node-${n}`, {
      use: 'node',
      action: 'nothing',
      with: { n: before === undefined ? n : before.output },
    });
  }
  return made.build();
}

/** One node, then so many that are given its result, then one that waits for all of them. */
export function fanOut(width: number): Composition {
  const made = composition('fan-out');
  const first = made.node('first', { use: 'node', action: 'nothing', with: { n: 0 } });
  const wide = Array.from({ length: width }, (_, n) =>
    made.node(`wide-${n}`, { use: 'node', action: 'nothing', with: { n: first.output } }),
  );
  made.node('last', { use: 'node', action: 'nothing', with: { n: 1 }, needs: wide });
  return made.build();
}
