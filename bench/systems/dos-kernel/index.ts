import { join } from 'node:path';
import { Asked } from '../asked.ts';
import { installPython } from '../python-package.ts';
import type { Abilities, Ability, Place, System, SystemEntry } from '../system.ts';

/** The one that the tests show the weak points of, too. */
const release = '0.26.0';

const abilities = [
  'leasePairs',
  'decide',
  'leaseCommand',
] as const satisfies readonly (keyof Abilities)[];

type Can = Pick<Required<System>, (typeof abilities)[number] | 'version' | 'durability' | 'close'>;

const noTools = 'it runs nothing: it says who may, and keeps a journal of that';

const isMissing: readonly Ability[] = [
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
];

/** The published kernel of leases, by its functions in processes of its own, and by its command. */
export const dosKernel: SystemEntry = {
  name: 'dos-kernel',
  kind: 'reference',
  abilities,
  cannot: Object.fromEntries(isMissing.map((ability) => [ability, noTools])),
  open,
};

async function open({ cache, data, say }: Place): Promise<Can> {
  const python = await installPython(cache, { name: 'dos-kernel', version: release }, say);
  const driver = join(import.meta.dirname, 'driver.py');
  const asked = new Asked('dos-kernel', [python, '-I', driver, data], { seconds: 300 });
  const found = await asked.ask<{ python: string }>({ do: 'version' });
  return {
    version: `${release} on Python ${found.python}`,
    durability: 'a grant is appended to a file and fsynced, a release too; the folder is not',
    leasePairs: (request) => asked.ask({ do: 'lease_pairs', ...request }),
    decide: (world, count) => asked.ask({ do: 'decide', ...world, count }),
    leaseCommand: (what, entries) => asked.ask({ do: 'command', what, entries }),
    close: () => asked.close(),
  };
}
