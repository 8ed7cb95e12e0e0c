import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHostRunning } from '../../src/cli/host-client/index.ts';
import { documentIn } from './documents.ts';
import { openShop, type Running, type Shop, startsIn } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
  const tools = join(shop.root, 'tools.ts');
  const text = await readFile(tools, 'utf8');
  const more = `actions: {
    json: { effects: 'pure', input: {}, output: { type: 'string' }, run: () => 'an action' },
    'wait-for-file': {
      input: { path: { type: 'string' } },
      run: async ({ path }, context) => {
        context.progress(0.5, 'looking');
        while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
        return 'found';
      },
    },`;
  await writeFile(tools, text.replace('actions: {', more));
  assert.equal((await shop.run('install')).code, 0);
});
after(() => shop.remove());

const start = startsIn(() => shop);

async function upAs(...options: string[]): Promise<Running> {
  const host = start('up', ...options);
  await host.says('Up as process');
  return host;
}

const running = async (): Promise<{ id: string; run: string }[]> =>
  documentIn((await shop.run('jobs', '--state', 'running', '--json')).stdout, 'jobs')['jobs'];

test('a second host is refused, and told what the first one is there for and how it ends', async () => {
  const host = await upAs();
  const second = await shop.run('up');
  assert.deepEqual([second.code, second.stdout], [75, '']);
  assert.match(second.stderr, new RegExp(`A host is up here already \\(process ${host.pid}\\)`));
  assert.match(second.stderr, /capstan run[^]*capstan down[^]*WORKSPACE_BUSY/);
  assert.equal((await shop.run('down')).code, 0);
});

test('a run is the same on stdout and in exit code with a host that is up and without one', async () => {
  const runs = [
    ['run', 'tools.greet', '-i', 'who=World'],
    ['run', 'greetings.yaml', '-i', 'who=World'],
    ['run', 'tools.paint-the-terminal'],
    ['run', 'greetings.yaml', '-i', 'hwo=World'],
    ['run', 'misspelt.yaml'],
    ['run', 'absent.yaml'],
  ];
  const alone = [];
  // oxlint-disable-next-line no-await-in-loop -- two cores
  for (const argv of runs) alone.push(await shop.run(...argv));
  const host = await upAs();
  for (const [i, argv] of runs.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const { code, stdout, stderr } = await shop.run(...argv);
    assert.equal(code, alone[i]?.code, argv.join(' '));
    assert.equal(stdout, alone[i]?.stdout);
    assert.equal(withoutNotes(stderr), withoutNotes(alone[i]?.stderr ?? ''));
  }
  assert.equal((await shop.run('down')).stdout, `The host (process ${host.pid}) has ended.\n`);
  const { code, stdout, stderr } = await host.ended;
  assert.equal(code, 0);
  assert.equal(stdout, '');
  assert.match(stderr, /listens on .*\.sock[^]*tools \(greet of run_\w+\) {2}completed in/);
  assert.equal((await shop.run('down')).stdout, 'No host is up here.\n');
});

/** What differs between any two runs, and what only a client says. */
const withoutNotes = (stderr: string): string =>
  stderr
    .replaceAll(/The host that is up .*\n/g, '')
    .replaceAll(/(run|job)_\w+/g, '$1_…')
    .replaceAll(/ in \d[\w. ]*/g, ' in …')
    .replaceAll(/^.*: queued \(.*\n/gm, '');

test('what is submitted to a host that is up is kept and done, and cancelled in phases', async () => {
  const host = await upAs();
  assert.equal(await isHostRunning(shop.root), true);
  const submitted = await shop.run('submit', 'tools.ignore-cancel', '--json');
  assert.equal(submitted.code, 0, submitted.stderr);
  const events = start('events', '--json');
  await events.says('"message":"deaf"');
  const [job] = await running();
  const cancel = await shop.run('cancel', job?.id ?? '', '--wait', '--json');
  assert.equal(cancel.code, 0);
  assert.deepEqual(documentIn(cancel.stdout, 'cancel')['cancelled'], [
    { id: job?.id, state: 'cancelled', aborting: 1 },
  ]);
  const over = await shop.run('cancel', job?.id ?? '', 'run_nope', '--json');
  assert.equal(over.code, 5);
  const codes = documentIn(over.stdout, 'cancel')['cancelled'];
  assert.deepEqual(
    codes.map(({ error }: { error: { code: string } }) => error.code),
    ['JOB_OVER', 'JOB_NOT_FOUND'],
  );
  await shop.run('down');
  assert.equal((await host.ended).code, 0);
  const { code, stdout } = await events.ended;
  assert.equal(code, 0, 'events end with their host');
  const seqs = stdout
    .trimEnd()
    .split('\n')
    .map((line) => documentIn(line, 'event')['seq'])
    .filter((seq) => seq !== undefined);
  const journal = documentIn(
    (await shop.run('journal', '--after', String(seqs[0] - 1), '-n', '1000', '--json')).stdout,
    'journal',
  );
  assert.deepEqual(
    seqs,
    journal['events'].map(({ seq }: { seq: number }) => seq),
    'no gap, no double, up to the last word of the host',
  );
  assert.equal(await isHostRunning(shop.root), false);
  const past = await shop.run('events', '--job', job?.id ?? '', '--no-live');
  assert.match(past.stdout, /job_cancel_phase .*cooperative[^]*to force[^]*job_finished/);
  const ahead = await shop.run('events', '--after', '99999999');
  assert.match(ahead.stderr, /CURSOR_AHEAD/);
});

test('a grace lets what runs come to its end; nothing is started meanwhile', async () => {
  const host = await upAs('--grace', '60s');
  const file = join(shop.root, 'come');
  const first = start('run', 'tools.wait-for-file', '-i', `path=${file}`, '--watch');
  await first.says('50% looking');
  host.kill('SIGTERM');
  await host.says('may go on for 1m 00s');
  await writeFile(file, '');
  assert.equal((await host.ended).code, 0);
  const { code, stdout } = await first.ended;
  assert.equal(code, 0);
  assert.equal(stdout, 'found\n');
});

test('what is cut off by the end of a host goes on with the next one', async () => {
  const host = await upAs('--grace', '1ms');
  const run = start('run', 'tools.wait-for-file', '-i', 'path=nowhere', '--watch');
  await run.says('50% looking');
  host.kill('SIGINT');
  assert.equal((await host.ended).code, 0);
  const { code, stderr } = await run.ended;
  assert.equal(code, 75);
  assert.match(stderr, /HOST_LOST/);
  const runId = /capstan resume (run_\w+)/.exec(stderr)?.[1] ?? '';
  const next = await upAs();
  await next.says('1 run to go on with');
  await nextAttempt(2);
  assert.equal((await shop.run('cancel', runId, '--wait')).code, 0);
  next.kill('SIGTERM');
  assert.equal((await next.ended).code, 0);
});

async function nextAttempt(attempt: number): Promise<void> {
  const events = start('events', '--after', '0', '--json');
  await events.says(`"attempt":${attempt}`);
  events.kill('SIGINT');
  assert.equal((await events.ended).code, 0);
}

test('a host that is killed loses nothing: its client says what goes on with the run', async () => {
  const host = await upAs();
  const run = start('run', 'unfinished.yaml', '--watch');
  await run.says('long: 50% waiting');
  host.kill('SIGKILL');
  const { code, stderr } = await run.ended;
  assert.equal(code, 75);
  assert.match(stderr, /ended while run_\w+ was going on[^]*capstan resume run_\w+[^]*HOST_LOST/);
  const runId = /capstan resume (run_\w+)/.exec(stderr)?.[1] ?? '';
  const resumed = start('resume', runId, '--watch');
  await resumed.says('50% waiting');
  assert.equal((await shop.run('cancel', runId)).code, 0);
  assert.equal((await resumed.ended).code, 130);
});

test('a host that comes up again in time is gone on with, from where its client had heard', async () => {
  const host = await upAs();
  const run = start('run', 'unfinished.yaml', '--watch');
  await run.says('long: 50% waiting');
  // Progress is told at once; that the attempt began is on disk when this is told.
  await run.says('long: running');
  host.kill('SIGKILL');
  const next = await upAs();
  await run.says('another is up');
  await run.says('attempt 2');
  run.kill('SIGINT');
  const { code, stderr } = await run.ended;
  assert.equal(code, 130);
  assert.equal(stderr.match(/first: completed/g)?.length, 1);
  next.kill('SIGINT');
  assert.equal((await next.ended).code, 0);
});

test('a command that is the host for others too lets their work come to its end', async () => {
  const [one, two] = [join(shop.root, 'one'), join(shop.root, 'two')];
  const first = start('run', 'tools.wait-for-file', '-i', `path=${one}`, '--watch');
  await first.says('50% looking');
  const second = start('run', 'tools.wait-for-file', '-i', `path=${two}`, '--watch');
  await second.says('50% looking');
  await writeFile(one, '');
  await first.says('may come to its end first');
  await writeFile(two, '');
  assert.equal((await first.ended).code, 0);
  const { code, stdout, stderr } = await second.ended;
  assert.equal(code, 0);
  assert.equal(stdout, 'found\n');
  assert.doesNotMatch(stderr, /attempt 2/);
});

test('a client whose host ends becomes the host and goes on', async () => {
  const first = start('run', 'tools.wait-for-cancel', '--watch');
  await first.says('50% waiting');
  const second = start('run', 'unfinished.yaml', '--watch');
  await second.says('long: 50% waiting');
  // Progress is told at once; that the attempt began is on disk when this is told.
  await second.says('long: running');
  first.kill('SIGKILL');
  await second.says(`(process ${first.pid}) has ended; going on here`);
  await second.says('attempt 2');
  second.kill('SIGINT');
  assert.equal((await second.ended).code, 130);
  const left = await running();
  if (left.length > 0) await shop.run('cancel', left[0]?.run ?? '');
});

test('a second signal ends a resident host at once', async () => {
  const host = await upAs('--grace', '60s');
  const run = start('run', 'tools.ignore-cancel', '--watch');
  await run.says('50% deaf');
  host.kill('SIGINT');
  await host.says('a second signal waits for nothing');
  host.kill('SIGINT');
  assert.equal((await host.ended).code, 130);
  run.kill('SIGINT');
  run.kill('SIGINT');
  await run.ended;
  const cancelled = await shop.run('cancel', ...(await running()).map((job) => job.run));
  assert.equal(cancelled.code, 0, cancelled.stderr);
});

test('what is installed while a host is up is what the next job gets', async () => {
  const host = await upAs();
  assert.equal((await shop.run('run', 'tools.greet', '-i', 'who=x')).stdout, 'Hello, x!\n');
  const tools = join(shop.root, 'tools.ts');
  await writeFile(
    tools,
    (await readFile(tools, 'utf8')).replace('`Hello, ${who}!`', '`Hi, ${who}`'),
  );
  assert.equal((await shop.run('install')).code, 0);
  assert.equal((await shop.run('run', 'tools.greet', '-i', 'who=x')).stdout, 'Hi, x\n');
  await shop.run('down');
  assert.equal((await host.ended).code, 0);
});

test('up --json tells every event as NDJSON on stdout, and nothing else', async () => {
  const host = start('up', '--json');
  while (!(await isHostRunning(shop.root))) {
    // oxlint-disable-next-line no-await-in-loop -- it says nothing before the first event
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await shop.run('run', 'tools.greet', '-i', 'who=x');
  await shop.run('down', '--json');
  const { code, stdout, stderr } = await host.ended;
  assert.equal(code, 0);
  assert.equal(stderr, '');
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => documentIn(line, 'event')['type']);
  assert.ok(events.includes('run_finished'), events.join(' '));
});

test('an action named as files are is called where there is no such file', async () => {
  assert.equal((await shop.run('run', 'tools.json')).stdout, 'an action\n');
  const none = await shop.run('run', 'tools.yaml');
  assert.equal(none.code, 3);
  assert.match(none.stderr, /FILE_NOT_FOUND/);
  const file =
    'name: f\nnodes:\n  a: { use: tools, action: json }\noutputs: { said: "${{ nodes.a.output }}" }\n';
  await writeFile(join(shop.root, 'tools.yml'), file);
  assert.equal((await shop.run('run', 'tools.yml')).stdout, 'said  an action\n');
});

test('FORCE_COLOR colours the lines of a pipe too', async () => {
  shop.env['FORCE_COLOR'] = '1';
  const { stderr } = await shop.run('run', 'tools.json');
  delete shop.env['FORCE_COLOR'];
  assert.match(stderr, /\u001b\[32mjson: completed/);
});
