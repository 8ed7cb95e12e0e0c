import { driven } from '../driven/entry.ts';
import { programNamed } from '../driven/program.ts';

const noCalls = 'BullMQ has no calls, only jobs';
const noJournal = 'BullMQ keeps no journal';
const noLeases = 'BullMQ has no leases of files';

export const bullmq = driven({
  name: 'bullmq',
  folder: import.meta.dirname,
  check: () => programNamed('redis-server', { install: 'apt-get install redis-server' }),
  abilities: ['oneJob', 'burst', 'drain', 'chain', 'fan', 'memoryAfter'],
  cannot: {
    call: noCalls,
    inFlight: noCalls,
    records: noCalls,
    start: 'BullMQ starts no workers: a handler is a function of the program that imports it',
    stream: 'a BullMQ job has progress, but no chunks of a result',
    cancel: 'BullMQ cannot end a handler that does not heed its signal',
    journalAppend: noJournal,
    journalQuery: noJournal,
    leasePairs: noLeases,
    decide: noLeases,
    leaseCommand: noLeases,
  },
});
