import { readFileSync } from 'node:fs';
import { openWholeHost } from '../whole-host.ts';

/**
 * A host that runs so many jobs with a result of 100 KB each, eight in flight, and prints its resident
 * memory in MB after each tenth of them: `node large-results.ts FOLDER COUNT`.
 */
const [, , folder = '.', given = '1000'] = process.argv;
const count = Number(given);
const whole = await openWholeHost(folder);
let begun = 0;
let done = 0;
const lane = async (): Promise<void> => {
  while (begun < count) {
    begun += 1;
    // oxlint-disable-next-line no-await-in-loop -- each lane has one job in flight
    await whole.runOne('node', 'large');
    done += 1;
    if (done % Math.ceil(count / 10) === 0) console.log(residentMegabytes('VmRSS'));
  }
};
await Promise.all(Array.from({ length: 8 }, lane));
console.log(`peak ${residentMegabytes('VmHWM')}`);
await whole.close();

function residentMegabytes(field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
}
