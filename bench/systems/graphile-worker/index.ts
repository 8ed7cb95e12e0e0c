import { driven } from '../driven/entry.ts';
import { programNamed } from '../driven/program.ts';

const noCalls = 'Graphile Worker has no calls, only jobs';
const noJournal = 'Graphile Worker deletes a job when it has ended and keeps no journal';
const noLeases = 'Graphile Worker has no leases of files';

export const graphileWorker = driven({
  name: 'graphile-worker',
  folder: import.meta.dirname,
  check: () =>
    programNamed('postgres', {
      install: 'apt-get install postgresql',
      folders: ['/usr/lib/postgresql/*/bin', '/usr/pgsql-*/bin'],
    }),
  abilities: ['oneJob', 'burst', 'drain', 'chain', 'memoryAfter'],
  cannot: {
    fan: 'Graphile Worker has no job that waits for others',
    call: noCalls,
    inFlight: noCalls,
    records: noCalls,
    start: 'Graphile Worker starts no workers: a task is a function of the program that imports it',
    stream: 'a Graphile Worker job has no result, and so no chunks of one',
    cancel: 'Graphile Worker cannot end a task that does not heed its signal',
    journalAppend: noJournal,
    journalQuery: noJournal,
    leasePairs: noLeases,
    decide: noLeases,
    leaseCommand: noLeases,
  },
});
