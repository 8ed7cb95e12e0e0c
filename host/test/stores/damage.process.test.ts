import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { Reader, StateStore } from '../../src/stores/index.ts';
import { verifyJournal } from '../../src/stores/journal/verify.ts';
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

/** A closed workspace with jobs whose values lie in rows, in the table of values and in files. */
async function usedWorkspace(t: TestContext) {
  const paths = temporaryWorkspace(t);
  const store = await StateStore.open({ paths, clock: steppingClock(), reserveBytes: 0 });
  for (let n = 0; n < 12; n++) {
    const [job] = await store.submitJobs([jobSpec({ input: { n, text: 'x'.repeat(n * 2_000) } })]);
    await store.startAttempt(job?.jobId ?? '', 'call');
    await store.finishAttempt(job?.jobId ?? '', 1, completed({ n }));
  }
  await store.submitJobs([jobSpec({ input: { text: 'y'.repeat(1_100_000) } })]);
  const half = carelessCopy(paths.stateDb);
  await store.submitJobs([jobSpec()]);
  await store.close();
  return { paths, half };
}

/** What a careless copy of a file in use has: not what stands in the log. */
const carelessCopy = (path: string): Buffer => {
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  return readFileSync(copy);
};

test('four hundred damaged copies are each refused, reported, or no different from the original', async (t) => {
  const { paths, half } = await usedWorkspace(t);
  const sound = readFileSync(paths.stateDb);
  const truth = answers(paths.stateDb);
  const mutant = join(paths.dir, 'mutant.db');
  const seed = 20_260_101;
  const random = randomFrom(seed);
  const page = (): number => random(sound.length / 4096) * 4096;
  let caught = 0;
  for (let round = 0; round < 400; round++) {
    let bytes = Buffer.from(sound);
    const at = random(bytes.length);
    const kind = random(6);
    if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    else if (kind === 1) bytes.fill(random(256), at, at + 1 + random(64));
    else if (kind === 2) bytes.copy(bytes, page(), page(), 4096);
    else if (kind === 3) bytes = bytes.subarray(0, at);
    else if (kind === 4) {
      const [one, other] = [page(), page()];
      const kept = Buffer.from(bytes.subarray(one, one + 4096));
      bytes.copy(bytes, one, other, other + 4096);
      kept.copy(bytes, other);
    } else {
      // A page of an earlier time, as a disk that lost a write would show it.
      const lost = page();
      if (lost < half.length) half.copy(bytes, lost, lost, lost + 4096);
    }
    writeFileSync(mutant, bytes);
    if (await isCaught(mutant)) caught += 1;
    else
      assert.equal(answers(mutant), truth, `mutant ${round} of seed ${seed} tells lies unnoticed`);
  }
  assert.ok(caught > 200, `only ${caught} of 400 mutants were noticed`);
});

/** Where a text of the database stands, and not only stood: a page shows rows long after they moved on. */
function livePlaceOf(sound: Buffer, text: string, table: string): number {
  const path = join(mkdtempSync(join(tmpdir(), 'capstan-live-')), 'probe.db');
  const read = (bytes: Buffer): string => {
    writeFileSync(path, bytes);
    const db = new DatabaseSync(path, { readOnly: true });
    const rows = db.prepare(`SELECT * FROM ${table} NOT INDEXED`).all();
    db.close();
    return JSON.stringify(rows);
  };
  try {
    const truth = read(sound);
    for (let at = sound.indexOf(text); at >= 0; at = sound.indexOf(text, at + 1)) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      if (read(bytes) !== truth) return at;
    }
    throw new Error(`${text.slice(0, 80)} is nowhere in ${table}`);
  } finally {
    rmSync(dirname(path), { recursive: true });
  }
}

test('a flipped bit anywhere in a journal row names that row', async (t) => {
  const { paths } = await usedWorkspace(t);
  const sound = readFileSync(paths.stateDb);
  const mutant = join(paths.dir, 'mutant.db');
  const db = new DatabaseSync(paths.stateDb, { readOnly: true });
  const rows = db.prepare('SELECT * FROM journal').all() as { [column: string]: string }[];
  db.close();
  const random = randomFrom(7);
  for (const { seq, event_id: id, ts, event_type: type, hash = '' } of rows) {
    const first = `${id}${ts}${type}`;
    const start = livePlaceOf(sound, first, 'journal');
    // A short row lies in one place, its header before it; of a long one these columns do.
    const end = sound.indexOf(hash, start) + hash.length;
    const length = end - start < 3_000 && end > start ? end - start : first.length;
    const header = 12;
    for (let flip = 0; flip < 4; flip++) {
      const bytes = Buffer.from(sound);
      const at = start - header + random(header + length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      writeFileSync(mutant, bytes);
      assert.ok((await rowsNamed(mutant)).has(Number(seq)), `bit flipped at ${at}, in row ${seq}`);
    }
  }
});

test('a flipped bit in a large value names the row that has it, in the table and in a file', async (t) => {
  const { paths } = await usedWorkspace(t);
  const db = new DatabaseSync(paths.stateDb, { readOnly: true });
  const rows = db.prepare(`SELECT seq, payload FROM journal`).all() as {
    seq: number;
    payload: string;
  }[];
  db.close();
  const random = randomFrom(11);
  let inTable = 0;
  let inFile = 0;
  for (const { seq, payload } of rows) {
    const stored = (JSON.parse(payload) as { $stored?: { [member: string]: string } }).$stored;
    for (const place of Object.values(stored ?? {})) {
      const hash = place.replace('file:', '');
      const isFile = hash !== place;
      const path = isFile ? join(paths.payloadsDir, hash.slice(0, 2), hash) : paths.stateDb;
      const sound = readFileSync(path);
      // In the database, the beginning of the text; the rest of it goes on from page to page.
      const start = isFile ? 0 : livePlaceOf(sound, `${hash}{"n":`, 'payloads');
      for (let flip = 0; flip < 6; flip++) {
        const bytes = Buffer.from(sound);
        const at = start + random(isFile ? sound.length : 400);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        writeFileSync(path, bytes);
        assert.ok((await rowsNamed(paths.stateDb)).has(seq), `flipped at ${at} of ${path}`);
      }
      if (isFile) rmSync(path);
      if (isFile) assert.ok((await rowsNamed(paths.stateDb)).has(seq), 'a file that is gone');
      writeFileSync(path, sound);
      if (isFile) inFile += 1;
      else inTable += 1;
    }
  }
  assert.ok(inTable > 2 && inFile === 1);
  assert.deepEqual([...(await rowsNamed(paths.stateDb))], []);
});

async function rowsNamed(path: string): Promise<Set<number | undefined>> {
  const { problems } = await verifyJournal(path);
  return new Set(problems.map(({ seq }) => seq));
}

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
