import { driven } from '../driven/entry.ts';
import { checkPlatform } from './restate-server.ts';

const noJournal =
  'what Restate journals is the steps of an invocation; there are no rows to append';
const noLeases = 'Restate has no leases of files';

export const restate = driven({
  name: 'restate',
  folder: import.meta.dirname,
  check: checkPlatform,
  abilities: ['oneJob', 'burst', 'drain', 'chain', 'fan', 'memoryAfter'],
  cannot: {
    call: 'every call of Restate is durable: it is measured as a job',
    inFlight: 'every call of Restate is durable: it is measured as jobs in a burst',
    records: 'Restate takes JSON or bytes, and no batches of records',
    start: 'Restate starts no workers: handlers are served by the program that has them',
    stream: 'a Restate handler answers once',
    cancel: 'Restate cannot end a handler that does not heed its signal',
    journalAppend: noJournal,
    journalQuery: noJournal,
    leasePairs: noLeases,
    decide: noLeases,
    leaseCommand: noLeases,
  },
});
