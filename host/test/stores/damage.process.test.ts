import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Reader, StateStore } from '../../src/stores/index.ts';
import { completed, jobSpec, steppingClock, temporaryWorkspace } from './workspace.ts';

/** A small generator with a seed, so that a failing mutant can be made again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Everything a user could be told from a file, as one text; null when it cannot be read. */
function answers(path: string): string | null {
  try {
    const db = new DatabaseSync(path, { readOnly: true });
    const told = ['jobs', 'attempts', 'journal', 'payloads'].map((table) =>
      db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all(),
    );
    db.close();
    return JSON.stringify(told);
  } catch {
    return null;
  }
}

test('four hundred damaged copies are each refused, reported, or no different from the original', async (t) => {
  const paths = temporaryWorkspace(t);
  const store = await StateStore.open({ paths, clock: steppingClock() });
  for (let n = 0; n < 12; n++) {
    const [job] = await store.submitJobs([jobSpec({ input: { n, text: 'x'.repeat(n * 2_000) } })]);
    await store.startAttempt(job?.jobId ?? '', 'call');
    await store.finishAttempt(job?.jobId ?? '', 1, completed({ n }));
  }
  await store.close();
  const sound = readFileSync(paths.stateDb);
  const truth = answers(paths.stateDb);
  const mutant = join(paths.root, 'mutant.db');
  const random = randomFrom(20_260_101);
  let caught = 0;
  for (let round = 0; round < 400; round++) {
    const bytes = Buffer.from(sound);
    const at = random(bytes.length);
    const kind = random(4);
    if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    else if (kind === 1) bytes.fill(random(256), at, at + 1 + random(64));
    else if (kind === 2)
      bytes.copy(bytes, at - (at % 4096), random(bytes.length / 4096) * 4096, 4096);
    writeFileSync(mutant, kind === 3 ? bytes.subarray(0, at) : bytes);
    if (await isCaught(mutant)) caught += 1;
    else assert.equal(answers(mutant), truth, `mutant ${round} tells lies and was not noticed`);
  }
  assert.ok(caught > 200, `only ${caught} of 400 mutants were noticed`);
});

async function isCaught(path: string): Promise<boolean> {
  let reader: Reader | undefined;
  try {
    reader = Reader.openState(path);
    return !(await reader.verifyJournal()).ok;
  } catch {
    return true;
  } finally {
    reader?.close();
  }
}
