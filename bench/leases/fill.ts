import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Ledger } from '../../host/src/leases/index.ts';
import { policy } from './world.ts';

const made = new Map<number, string>();
process.on('exit', () => {
  for (const path of made.values()) rmSync(dirname(path), { recursive: true, force: true });
});

/** A ledger in which so many events have happened, and nothing is held. Made once for all figures that want one. */
export function fillLedger(path: string, events: number): void {
  const template = made.get(events) ?? makeLedger(events);
  made.set(events, template);
  mkdirSync(dirname(path), { recursive: true });
  // With its log and what else stands beside it.
  for (const file of readdirSync(dirname(template))) {
    const name = basename(path, '.db') + file.slice(basename(template, '.db').length);
    cpSync(join(dirname(template), file), join(dirname(path), name));
  }
  if (!existsSync(path)) throw new Error(`${path} was not made`);
}

function makeLedger(events: number): string {
  const path = join(mkdtempSync(join(tmpdir(), 'capstan-ledger-')), 'leases.db');
  // Not compacted on the way: that so many events are there is the point.
  const ledger = Ledger.open(path, { compactAfter: 0 });
  for (let seq = 0, n = 0; seq < events; n++) {
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
  return path;
}
