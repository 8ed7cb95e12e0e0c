import { join } from 'node:path';
import type { Sample } from '../../measure/sides.ts';
import { Asked } from '../asked.ts';
import { systemsFolder } from '../folder.ts';
import type { Abilities, Memory, Place, System, SystemEntry } from '../system.ts';
import { install, newest } from './install.ts';

type Can = Omit<Required<System>, 'leasePairs' | 'decide' | 'leaseCommand'>;

const noLeases =
  'it keeps no leases: what one of its queues has reserved, no other one and no agent knows of';

/** What it is asked through its own API, in a process of its own. */
const abilities = [
  'oneJob',
  'burst',
  'drain',
  'chain',
  'fan',
  'call',
  'records',
  'inFlight',
  'start',
  'stream',
  'cancel',
  'journalAppend',
  'journalQuery',
  'memoryAfter',
] as const satisfies readonly (keyof Abilities)[];

/** The newest cjm-substrate as it is shipped, and in its kindest set-up, its HTTP client's TLS context cached. */
export const cjmSubstrate = ({ kindest }: { kindest: boolean }): SystemEntry => ({
  name: kindest ? 'cjm-substrate-kindest' : 'cjm-substrate',
  kind: 'reference',
  abilities,
  cannot: { leasePairs: noLeases, decide: noLeases, leaseCommand: noLeases },
  open: (place) => open({ version: newest, kindest }, place),
});

/**
 * As it was shipped when the budgets were set, which speak of 48 ms for a job: only for what they are about,
 * since it is slow.
 */
export const cjmSubstrateThen: SystemEntry = {
  name: 'cjm-substrate-0.0.58',
  kind: 'reference',
  abilities: ['oneJob', 'chain', 'fan'],
  cannot: {},
  open: (place) => open({ version: '0.0.58', kindest: false }, place),
};

/** All set-ups of a version are of one installation. */
async function open(
  { version, kindest }: { version: string; kindest: boolean },
  { data, say }: Place,
): Promise<Can> {
  const python = await install(systemsFolder('cjm-substrate'), version, say);
  const asked = startDriver(python, data, kindest);
  const found = await asked.ask<{ substrate: string; python: string }>({ do: 'version' });
  const sample = (request: Parameters<Asked['ask']>[0], seconds?: number): Promise<Sample> =>
    asked.ask(request, seconds);
  return {
    version: `${found.substrate} on Python ${found.python}`,
    durability:
      'none: pending jobs are in memory; the journal is written without an fsync (synchronous=NORMAL)',
    oneJob: (count) => sample({ do: 'one_job', count }),
    burst: (count, width) => sample({ do: 'burst', count, width }),
    drain: (count, width) => sample({ do: 'drain', count, width }),
    chain: (length) => sample({ do: 'chain', length }),
    fan: (width) => sample({ do: 'fan', width }),
    call: (bytes, count) => sample({ do: 'call', bytes, count }),
    records: (bytes, count) => sample({ do: 'records', bytes, count }),
    inFlight: (count, width) => sample({ do: 'in_flight', count, width }),
    start: (workers) => asked.ask<Sample & Memory>({ do: 'start', workers }),
    stream: (count, size) => asked.ask<Sample & { firstMs: number }>({ do: 'stream', count, size }),
    cancel: (how) => asked.ask<Sample & { stallMs: number }>({ do: 'cancel', how }),
    journalAppend: (rows) => sample({ do: 'journal_append', rows }),
    journalQuery: (rows) => sample({ do: 'journal_query', rows }),
    memoryAfter: (jobs) => sample({ do: 'memory_after', jobs }, 1_800),
    close: () => asked.close(),
  };
}

export function startDriver(python: string, data: string, kindest = false): Asked {
  const driver = join(import.meta.dirname, 'driver', 'driver.py');
  const options = ['--data', data, ...(kindest ? ['--kindest'] : [])];
  return new Asked('cjm-substrate', [python, driver, ...options]);
}
