import { programNamed } from '../driven/program.ts';
import { driven } from '../driven/entry.ts';

export const bullmq = driven({
  name: 'bullmq',
  folder: import.meta.dirname,
  server: () => programNamed('redis-server', { install: 'apt-get install redis-server' }),
  abilities: ['oneJob', 'burst', 'drain', 'chain', 'fan', 'memoryAfter'],
  cannot: {
    call: 'BullMQ has no calls, only jobs',
    inFlight: 'BullMQ has no calls, only jobs',
    records: 'BullMQ has no calls, only jobs',
    start: 'BullMQ starts no workers: a handler is a function of the program that imports it',
    stream: 'a BullMQ job has progress, but no chunks of a result',
    cancel: 'BullMQ cannot end a handler that does not heed its signal',
    journalAppend: 'BullMQ keeps no journal',
    journalQuery: 'BullMQ keeps no journal',
    leasePairs: 'BullMQ has no leases of files',
    decide: 'BullMQ has no leases of files',
    decideCommand: 'BullMQ has no leases of files',
  },
});
