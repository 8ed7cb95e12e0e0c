import { Ledger } from '../../../host/src/leases/index.ts';
import { claimsOf, policy } from '../world.ts';
import { asManyAsPossible } from './go.ts';

/** A reservation of its own and its release, again and again: `lease-pairs.ts PATH SECONDS NUMBER`. */
const [, , path = '', seconds = '1', number = '0'] = process.argv;
const ledger = Ledger.open(path, { compactAfter: 0 });
await asManyAsPossible(Number(seconds), () => {
  const answer = ledger.acquire({
    holder: `agent ${number}`,
    termMs: 600_000,
    alternatives: [claimsOf(Number(number))],
    policy,
    capacity: {},
  });
  if (answer.kind !== 'granted') throw new Error(`${answer.code}: ${answer.reason}`);
  ledger.release(answer.lease.id, { secret: answer.secret });
});
ledger.close();
