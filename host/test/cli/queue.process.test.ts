import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { documentIn } from './documents.ts';
import { type Ended, openShop, type Running, type Shop, startsIn } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
  await writeFile(
    join(shop.root, 'breaks.yaml'),
    `name: breaks
inputs:
  who: { type: string }
nodes:
  first: { use: tools, action: greet, with: { who: "\${{ inputs.who }}" } }
  second: { use: tools, action: paint-the-terminal, needs: [first] }
outputs:
  greeting: "\${{ nodes.first.output }}"
`,
  );
  assert.equal((await shop.run('install')).code, 0);
});
after(() => shop.remove());

const start = startsIn(() => shop);

async function up(): Promise<Running> {
  const host = start('up');
  await host.says('Up as process');
  return host;
}

async function down(): Promise<void> {
  assert.equal((await shop.run('down')).code, 0);
}

const until = (ms: number): Promise<void> => setTimeout(Math.max(0, ms - Date.now()) + 1);
const submitted = async (...argv: string[]): Promise<string> =>
  (await shop.run('submit', ...argv)).stdout.trim();
const stateOf = async (id: string): Promise<string> =>
  documentIn((await shop.run('job', id, '--json')).stdout, 'job')['state'];

test('what is submitted without a host is kept, and a wait does it', async () => {
  const one = await shop.run('submit', 'tools.greet', '-i', 'who=World');
  assert.equal(one.code, 0);
  assert.match(one.stdout, /^job_\w+\n$/);
  assert.match(one.stderr, /Accepted\. No host is up[^]*capstan resume/);
  const id = one.stdout.trim();
  assert.equal(await stateOf(id), 'pending');
  const waited = await shop.run('wait', id);
  assert.equal(waited.code, 0);
  assert.equal(waited.stdout, 'Hello, World!\n');
});

test('submit --wait prints the result and ends as the job does', async () => {
  const good = await shop.run('submit', 'tools.greet', '-i', 'who=World', '--wait');
  assert.deepEqual([good.code, good.stdout], [0, 'Hello, World!\n']);
  const bad = await shop.run('submit', 'tools.paint-the-terminal', '--wait');
  assert.deepEqual([bad.code, bad.stdout], [1, '']);
  assert.match(bad.stderr, /failed: red words[^]*TOOL_FAILED/);
  const late = await shop.run('submit', 'tools.wait-for-cancel', '--timeout', '300ms', '--wait');
  assert.equal(late.code, 124);
  const json = await shop.run('submit', 'tools.greet', '-i', 'who=J', '--wait', '--json');
  assert.equal(documentIn(json.stdout, 'wait')['jobs'][0].result, 'Hello, J!');
  assert.equal(json.stderr, '');
});

test('what cannot be right is refused by code, with a host and without', async () => {
  const cases: [argv: string[], code: number, says: RegExp][] = [
    [['tolls.greet'], 3, /did you mean "tools"[^]*CAPABILITY_NOT_FOUND/],
    [['tools.gret'], 3, /did you mean "greet"[^]*ACTION_NOT_FOUND/],
    [
      ['tools.greet', '-i', 'hwo=x'],
      2,
      /argument "who" is missing[^]*no argument "hwo"[^]*INPUT_INVALID/,
    ],
    [['tools.greet', '-i', 'who=y', '--key', 'taken'], 5, /IDEMPOTENCY_CONFLICT/],
  ];
  await submitted('tools.greet', '-i', 'who=x', '--key', 'taken');
  for (const withHost of [false, true]) {
    // oxlint-disable-next-line no-await-in-loop -- the same again
    if (withHost) await up();
    for (const [argv, code, says] of cases) {
      // oxlint-disable-next-line no-await-in-loop -- two cores
      const answer = await shop.run('submit', ...argv);
      assert.deepEqual([answer.code, answer.stdout], [code, ''], argv.join(' '));
      assert.match(answer.stderr, says);
    }
  }
  await down();
});

test('a file of requests is accepted as a whole or not at all, and errors name its lines', async () => {
  const file = join(shop.root, 'jobs.ndjson');
  const good = ['Ada', 'Bob'].map((who) => JSON.stringify({ call: 'tools.greet', input: { who } }));
  await writeFile(file, [...good, '{"call":"tools.greet","input":{"hwo":1}}'].join('\n'));
  const refused = await shop.run('submit', '--jobs', 'jobs.ndjson', '--run-id', 'batch');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /line 3: [^]*INPUT_INVALID/);
  assert.equal((await shop.run('jobs', '--run', 'batch')).code, 3, 'none was accepted');
  await writeFile(file, `${good.join('\n')}\n`);
  const accepted = await shop.run('submit', '--jobs', 'jobs.ndjson', '--run-id', 'batch', '--json');
  assert.equal(documentIn(accepted.stdout, 'submit')['jobs'].length, 2);
  const resumed = await shop.run('resume', '--json');
  assert.equal(resumed.code, 0);
  const { jobs } = documentIn((await shop.run('jobs', '--run', 'batch', '--json')).stdout, 'jobs');
  assert.deepEqual(
    jobs.map(({ state }: { state: string }) => state),
    ['completed', 'completed'],
  );
});

test('several can wait at once without a host: one is it, and the others go on when it ends', async () => {
  const ids = [
    await submitted('tools.greet', '-i', 'who=1'),
    await submitted('tools.greet', '-i', 'who=2'),
    await submitted('tools.greet', '-i', 'who=3'),
  ];
  const waits = await Promise.all(ids.map((id): Promise<Ended> => start('wait', id).ended));
  assert.deepEqual(
    waits.map(({ code, stdout }) => [code, stdout]),
    [1, 2, 3].map((n) => [0, `Hello, ${n}!\n`]),
    waits.map(({ stderr }) => stderr).join('\n'),
  );
});

test('a wait that ends early leaves the work alone', async () => {
  const host = await up();
  const id = await submitted('tools.wait-for-cancel');
  const late = await shop.run('wait', id, '--timeout', '300ms');
  assert.equal(late.code, 124);
  assert.match(late.stderr, new RegExp(`capstan wait ${id}[^]*DEADLINE_EXCEEDED`));
  assert.equal(await stateOf(id), 'running');
  const waiting = start('wait', id);
  const wish = shop.run('cancel', id);
  assert.equal((await waiting.ended).code, 130);
  assert.equal((await wish).code, 0);
  await down();
  assert.equal((await host.ended).code, 0);
});

test('waiting jobs are moved, held and let go on', async () => {
  const host = await up();
  const id = await submitted('tools.greet', '-i', 'who=x', '--delay', '1h');
  const moved = await shop.run('reorder', id, '--priority', '7', '--json');
  assert.equal(documentIn(moved.stdout, 'reorder')['priority'], 7);
  const first = await shop.run('reorder', id, '--first');
  assert.equal(first.stdout, `${id} stands first, and has priority 7\n`);
  assert.deepEqual(documentIn((await shop.run('disable', 'tools', '--json')).stdout, 'enable'), {
    instance: 'tools',
    enabled: false,
  });
  const refused = await shop.run('submit', 'tools.greet', '-i', 'who=y');
  assert.equal(refused.code, 5);
  assert.match(refused.stderr, /capstan enable tools[^]*CAPABILITY_DISABLED/);
  assert.equal((await shop.run('enable', 'tools')).code, 0);
  assert.equal((await shop.run('disable', 'tolls')).code, 3);
  const stats = documentIn((await shop.run('stats', '--json')).stdout, 'stats');
  assert.equal(stats['host'].pid, host.pid);
  assert.equal((await shop.run('cancel', id)).code, 0);
  const over = await shop.run('reorder', id, '--first');
  assert.equal(over.code, 5);
  assert.match(over.stderr, /JOB_OVER/);
  await down();
});

test('after kill -9 a bare resume goes on with all of it, and tells what needs a decision', async () => {
  const host = await up();
  const charge = await submitted('tools.charge-once');
  const run = start('run', 'breaks.yaml', '-i', 'who=World');
  await run.ended;
  while ((await stateOf(charge)) !== 'running');
  const loose = await submitted('tools.greet', '-i', 'who=later', '--delay', '3s');
  host.kill('SIGKILL');
  await host.ended;
  assert.match((await shop.run('jobs')).stdout, new RegExp(`${charge} +interrupted`));
  const resumed = await shop.run('resume');
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stdout, /jobs: 1 completed/);
  assert.match(resumed.stderr, new RegExp(`capstan decide ${charge} rerun`));
  assert.equal(await stateOf(loose), 'completed');
  const again = await shop.run('resume');
  assert.deepEqual([again.code, again.stdout], [0, ''], 'a decision is not made by resuming');
  assert.match(again.stderr, new RegExp(`capstan decide ${charge} rerun`));
  const parked = await shop.run('wait', charge);
  assert.equal(parked.code, 1);
  assert.match(parked.stderr, new RegExp(`capstan decide ${charge} rerun`));
  const wrong = await shop.run('job', charge, '--decide');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /rerun` runs it again; `capstan decide \w+ fail`/);
  const failed = await shop.run('decide', charge, 'fail', '--json');
  assert.equal(documentIn(failed.stdout, 'decide')['state'], 'failed');
  const twice = await shop.run('decide', charge, 'fail');
  assert.equal(twice.code, 5);
  assert.match(twice.stderr, /DECISION_NOT_NEEDED/);
  assert.equal((await shop.run('resume')).stdout, 'Nothing is unfinished here.\n');
});

test('a resume tells also of what was over before it could look', async () => {
  const late = await submitted('tools.greet', '-i', 'who=late', '--deadline', '1s');
  const { expiresAt } = documentIn((await shop.run('job', late, '--json')).stdout, 'job');
  await until(Date.parse(expiresAt));
  const resumed = await shop.run('resume');
  assert.equal(resumed.stdout, 'jobs: 0 completed, 1 failed, 0 cancelled\n', resumed.stderr);
  assert.equal(resumed.code, 1);
});

test('a run is retried from where it failed, from a node, and by the corrected file', async () => {
  const failed = documentIn(
    (await shop.run('run', 'breaks.yaml', '-i', 'who=W', '--json')).stdout,
    'run',
  );
  const id: string = failed['runId'];
  const again = await shop.run('retry', id);
  assert.equal(again.code, 1);
  assert.match(again.stderr, new RegExp(`first: reused from ${id}[^]*second: failed`));
  const from = await shop.run('retry', id, '--from', 'first', '--json');
  assert.equal(documentIn(from.stdout, 'run')['nodes'].first.reused, false);
  const typo = await shop.run('retry', id, '--from', 'frist');
  assert.equal(typo.code, 2);
  assert.match(typo.stderr, /did you mean "first"/);

  const file = join(shop.root, 'breaks.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('paint-the-terminal,', 'greet, with: { who: you },'));
  const corrected = await shop.run('retry', id, '--with-definition', 'new', '--json');
  assert.equal(corrected.code, 0, corrected.stdout);
  const report = documentIn(corrected.stdout, 'run');
  assert.equal(report['retryOf'], id);
  assert.equal(report['nodes'].first.reused, true);
  assert.equal(report['outputs'].greeting, 'Hello, W!');
  const done = await shop.run('retry', report['runId']);
  assert.equal(done.code, 5);
  assert.match(done.stderr, /--from NODE[^]*JOB_OVER/);
});

test('a run whose file has changed is resumed only when it is said which is meant', async () => {
  const file = join(shop.root, 'unfinished.yaml');
  const text = await readFile(file, 'utf8');
  const run = start('run', 'unfinished.yaml', '--watch');
  await run.says('long: 50% waiting');
  run.kill('SIGKILL');
  await run.ended;
  const [{ run: id }] = documentIn((await shop.run('jobs', '--json')).stdout, 'jobs')['jobs'];
  await writeFile(file, text.replace('who: World', 'who: Wor'));
  const refused = await shop.run('resume', id);
  assert.equal(refused.code, 5);
  assert.match(refused.stderr, /first changed[^]*--with-definition original[^]*DEFINITION_CHANGED/);
  const recorded = start('resume', id, '--with-definition', 'original', '--watch');
  await recorded.says('first: done before, not run again');
  await recorded.says('long: 50% waiting');
  recorded.kill('SIGKILL');
  await recorded.ended;
  const bare = start('resume', '--watch');
  await bare.says(/first changed: it goes on as recorded/);
  await bare.says('long: 50% waiting');
  bare.kill('SIGINT');
  assert.equal((await bare.ended).code, 130);
  const renewed = start('resume', id, '--with-definition', 'new', '--watch');
  await renewed.says(new RegExp(`${id} is cancelled, and goes on as run_`));
  await renewed.says('first is done again');
  await renewed.says('long: 50% waiting');
  renewed.kill('SIGINT');
  assert.equal((await renewed.ended).code, 130);
  await writeFile(file, text);
});

test('a journal is followed across the ends and starts of hosts, each row once', async () => {
  const tail = start('journal', 'tail', '--follow', '--after', '0', '--json');
  await shop.run('run', 'tools.greet', '-i', 'who=1');
  const host = await up();
  await submitted('tools.greet', '-i', 'who=2', '--wait');
  host.kill('SIGKILL');
  await host.ended;
  await shop.run('run', 'tools.greet', '-i', 'who=3');
  const { events } = documentIn((await shop.run('journal', '-n', '1', '--json')).stdout, 'journal');
  const last: number = events[0].seq;
  await tail.says(`"seq":${last},`);
  tail.kill('SIGINT');
  const { stdout } = await tail.ended;
  const seqs = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
  assert.deepEqual(
    seqs.slice(0, last),
    Array.from({ length: last }, (_, i) => i + 1),
  );
  assert.equal(new Set(seqs).size, seqs.length);
});
