import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { csvCell } from '../../src/cli/commands/journal/export.ts';
import type { JournalFilter, JournalRow } from '../../src/cli/runtime.ts';
import { WorkspaceView } from '../../src/workspace-view.ts';
import { documentIn } from './documents.ts';
import { type Answer, capstan, type Surroundings } from './fake-io.ts';

/** A journal that lives in memory and can be made longer while it is read. */
class Journal {
  readonly rows: JournalRow[] = [];
  /** Called before each read, with how many there were. */
  beforeRead: (count: number) => void = () => {};
  #reads = 0;

  add(count: number, some: Partial<JournalRow> = {}): void {
    for (let i = 0; i < count; i++) {
      const seq = this.rows.length + 1;
      this.rows.push({ ...blank, seq, eventId: `evt_${seq}`, ...some });
    }
  }

  journal(filter: JournalFilter = {}): JournalRow[] {
    this.beforeRead(this.#reads++);
    const { afterSeq = 0, beforeSeq = Number.POSITIVE_INFINITY, eventType } = filter;
    const found = this.rows.filter(
      ({ seq, eventType: type }) =>
        seq > afterSeq && seq < beforeSeq && (eventType === undefined || eventType.includes(type)),
    );
    if (filter.newestFirst === true) found.reverse();
    return found.slice(0, filter.limit ?? 100);
  }
}

const blank: JournalRow = {
  seq: 0,
  eventId: '',
  ts: '2024-05-01T12:00:00.000Z',
  eventType: 'job_started',
  runId: null,
  jobId: 'job_1',
  compositionId: null,
  nodeId: null,
  capability: 'tools',
  instance: null,
  configHash: null,
  task: null,
  method: null,
  action: 'greet',
  session: null,
  actor: null,
  workerReported: false,
  payload: { attempt: 1 },
  prevHash: '0'.repeat(64),
  hash: 'f'.repeat(64),
};

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'journal-'));
  writeFileSync(join(root, 'capstan.yaml'), '');
});
after(() => rmSync(root, { recursive: true, force: true }));

function ask(journal: Journal, argv: string[], more: Surroundings = {}): Promise<Answer> {
  const state = { journal: (filter: JournalFilter) => journal.journal(filter) };
  const stores = { state, diagnostics: {}, close: () => {} } as never;
  return capstan(argv, {
    cwd: root,
    view: () => Promise.resolve({ openReader: () => new WorkspaceView(stores) }),
    ...more,
  });
}

const seqsIn = (ndjson: string): number[] =>
  ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
const upTo = (n: number, from = 1): number[] =>
  Array.from({ length: n - from + 1 }, (_, i) => from + i);

test('tail shows the last rows, oldest first', async () => {
  const journal = new Journal();
  journal.add(30);
  const { stdout } = await ask(journal, ['journal', 'tail', '-n', '3', '--json']);
  const { events } = documentIn(stdout, 'journal');
  assert.deepEqual(
    events.map(({ seq }: { seq: number }) => seq),
    [28, 29, 30],
  );
});

/** Follows a journal that grows by some rows whenever it is read, and ends it after so many ticks. */
async function followed(journal: Journal, argv: string[], ticks: number): Promise<number[]> {
  journal.beforeRead = (reads) => {
    if (reads < ticks * 4) journal.add(7);
  };
  const answer = ask(journal, ['journal', 'tail', '--follow', '--json', ...argv], {
    during: ({ tick, signal }) => {
      const go = (left: number): void => {
        if (left === 0) return signal('SIGINT');
        tick();
        setImmediate(go, left - 1);
      };
      setImmediate(go, ticks * 6);
    },
  });
  const { stdout, code } = await answer;
  assert.equal(code, 0);
  return seqsIn(stdout);
}

test('tail --follow shows each row once and in order, though rows come between any two reads', async () => {
  const journal = new Journal();
  journal.add(20);
  const seqs = await followed(journal, ['-n', '5'], 40);
  assert.ok(seqs.length > 50);
  assert.deepEqual(seqs, upTo(seqs.at(-1) ?? 0, seqs[0]));
  assert.equal(seqs.at(-1), journal.rows.length, 'all of it was shown');
});

test('tail --follow from a cursor shows all that follows it, even more than a page', async () => {
  const journal = new Journal();
  journal.add(2_500);
  const seqs = await followed(journal, ['--after', '10'], 3);
  assert.deepEqual(seqs, upTo(journal.rows.length, 11));
});

test('tail --follow -n 0 shows only what comes', async () => {
  const journal = new Journal();
  journal.add(20);
  const seqs = await followed(journal, ['-n', '0'], 3);
  assert.ok((seqs[0] ?? 0) > 20);
  assert.deepEqual(seqs, upTo(journal.rows.length, seqs[0]));
});

test('a cursor from the future is refused, whatever reads from it', async () => {
  const journal = new Journal();
  journal.add(3);
  for (const argv of [
    ['journal', '--after', '4'],
    ['journal', 'tail', '--after', '4'],
    ['journal', 'tail', '-f', '--after', '4'],
    ['journal', 'query', '--cursor', '4'],
    ['journal', 'export', '--after', '4'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other reads better
    const { code, stderr } = await ask(journal, argv);
    assert.equal(code, 2, argv.join(' '));
    assert.match(stderr, /The journal ends at row 3; there is no row 4 yet[^]*CURSOR_AHEAD/);
  }
  assert.equal((await ask(journal, ['journal', '--after', '3'])).code, 0);
});

test('query pages through the journal by its cursor, in either order', async () => {
  for (const order of ['asc', 'desc']) {
    const journal = new Journal();
    journal.add(7);
    const seen: number[] = [];
    let cursor: number | null = null;
    do {
      const words: string[] = cursor === null ? [] : ['--cursor', String(cursor)];
      const argv = ['journal', 'query', '--order', order, '--limit', '3', '--json', ...words];
      // oxlint-disable-next-line no-await-in-loop -- a page tells where the next begins
      const { stdout } = await ask(journal, argv);
      const page = documentIn(stdout, 'journal-query');
      seen.push(...page['events'].map(({ seq }: { seq: number }) => seq));
      cursor = page['cursor'];
    } while (cursor !== null);
    assert.deepEqual(seen, order === 'asc' ? upTo(7) : upTo(7).toReversed());
  }
});

test('a page that is not the last says how to get the next, with the same filters, quoted for a shell', async () => {
  const journal = new Journal();
  journal.add(5, { eventType: "it's" });
  const { stderr } = await ask(journal, ['journal', 'query', '--type', "it's", '--limit', '2']);
  assert.match(stderr, /More: capstan journal query --type 'it'\\''s' --limit 2 --cursor 2\n/);
  const last = await ask(journal, ['journal', 'query', '--limit', '5']);
  assert.equal(last.stderr, '');
});

test('export writes every row there was when it began, and ends though the journal grows', async () => {
  const journal = new Journal();
  journal.add(2_345);
  journal.beforeRead = () => journal.add(10);
  const { stdout } = await ask(journal, ['journal', 'export']);
  const seqs = seqsIn(stdout);
  assert.ok(seqs.length >= 2_345 && seqs.length < 2_400);
  assert.deepEqual(seqs, upTo(seqs.length));
});

test('export as json is one array, empty or not', async () => {
  const journal = new Journal();
  assert.deepEqual(
    JSON.parse((await ask(journal, ['journal', 'export', '--format', 'json'])).stdout),
    [],
  );
  journal.add(1_001);
  const { stdout } = await ask(journal, ['journal', 'export', '--format', 'json']);
  assert.equal((JSON.parse(stdout) as unknown[]).length, 1_001);
});

test('export as csv quotes what has to be quoted, and leaves null empty', () => {
  assert.equal(csvCell(null), '');
  assert.equal(csvCell('plain'), 'plain');
  assert.equal(csvCell('a "word", two\nlines'), '"a ""word"", two\nlines"');
  assert.equal(csvCell({ a: [1] }), '"{""a"":[1]}"');
});

test('a file appears whole, is not written over without --force, and nothing is left of a failed one', async () => {
  const journal = new Journal();
  journal.add(3);
  const file = join(root, 'out.ndjson');
  const first = await ask(journal, ['journal', 'export', '-o', 'out.ndjson', '--json']);
  assert.deepEqual(documentIn(first.stdout, 'journal-export'), { file, format: 'ndjson', rows: 3 });
  const refused = await ask(journal, ['journal', 'export', '-o', 'out.ndjson']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /is there already[^]*--force/);
  journal.add(1);
  assert.equal((await ask(journal, ['journal', 'export', '-o', 'out.ndjson', '--force'])).code, 0);
  assert.equal(seqsIn(readFileSync(file, 'utf8')).length, 4);
  journal.beforeRead = () => {
    throw new Error('the disk is gone');
  };
  const failed = await ask(journal, ['journal', 'export', '-o', 'other.csv', '--format', 'csv']);
  assert.equal(failed.code, 70);
  assert.deepEqual(readdirSync(root).toSorted(), ['capstan.yaml', 'out.ndjson']);
});

test('an export into a folder that is not there says which', async () => {
  const { code, stderr } = await ask(new Journal(), ['journal', 'export', '-o', 'no/where.csv']);
  assert.equal(code, 78);
  assert.match(stderr, /no\/where\.csv cannot be written[^]*ENOENT/);
});

test('an option that would have no effect on a verification is refused', async () => {
  const { code, stderr } = await ask(new Journal(), ['journal', 'verify', '--limit', '3']);
  assert.equal(code, 2);
  assert.match(stderr, /journal verify has no option --limit/);
});
