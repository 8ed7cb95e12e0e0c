import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openForReading } from '../../../src/stores/file/open.ts';
import { openWriter } from '../crash-images/scribe.ts';
import { dumpHash } from './dump.ts';

/**
 * Recovers a copy of a state file twice, as two hosts would of which the first died right after. Says what
 * the second one did, if anything: recovery has to be idempotent.
 */
export function secondRecovery(stateDb: string, folder: string): string | null {
  mkdirSync(folder, { recursive: true });
  const copy = join(folder, 'state.db');
  for (const suffix of ['', '-wal']) {
    if (existsSync(stateDb + suffix)) copyFileSync(stateDb + suffix, copy + suffix);
  }
  try {
    const once = recovered(copy);
    const twice = recovered(copy);
    return once === twice ? null : 'a second recovery changed what the first one had made';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function recovered(stateDb: string): string {
  const writer = openWriter(stateDb);
  const answer = writer.perform([{ id: 1, operation: 'recover', args: { nowMs: 0 } }]);
  if (answer.kind !== 'committed') throw new Error(`recovery failed: ${JSON.stringify(answer)}`);
  writer.close();
  const db = openForReading(stateDb);
  const hash = dumpHash(db);
  db.close();
  return hash;
}
