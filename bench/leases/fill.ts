import { Ledger } from '../../host/src/leases/index.ts';
import { policy } from './world.ts';

/** A ledger in which so many events have happened, and nothing is held. */
export function fillLedger(path: string, events: number): void {
  const ledger = Ledger.open(path);
  let seq = 0;
  for (let n = 0; seq < events; n++) {
    const answer = ledger.acquire({
      holder: `agent ${n % 50}`,
      // The end of its process is the end of it: it is not synced, so that this takes seconds.
      pid: process.pid,
      alternatives: [[{ kind: 'name', name: `name:fill-${n % 50}`, mode: 'exclusive' }]],
      policy,
      capacity: {},
    });
    if (answer.kind !== 'granted') throw new Error(`${answer.code}: ${answer.reason}`);
    ledger.release(answer.lease.id, { secret: answer.secret });
    if (n % 100 === 0) ({ seq } = ledger.state());
  }
  ledger.close();
}
