import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { documentIn } from './documents.ts';
import { openShop, type Shop, startCapstan } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
});
after(() => shop.remove());

/** Processes of the machine that carry this text in their environment. */
async function processesWith(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.includes(text) && pid !== String(process.pid) ? [pid] : [];
    }),
  );
  return found.flat();
}

test('outside of a workspace every command that needs one says what to do, and exits with 3', async () => {
  const nowhere = await mkdtemp(join(tmpdir(), 'nowhere-'));
  for (const argv of [
    ['list'],
    ['run', 'a.b'],
    ['jobs'],
    ['journal', 'verify'],
    ['install'],
    ['logs'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const { code, stdout, stderr } = await startCapstan(argv, nowhere, shop.env).ended;
    assert.equal(code, 3, argv.join(' '));
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^error: There is no capstan\.yaml in [^]*capstan init[^]*WORKSPACE_NOT_FOUND/,
    );
  }
  await rm(nowhere, { recursive: true });
});

test('a malformed capstan.yaml is refused with file, line, column and the nearest known key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'malformed-'));
  await writeFile(
    join(folder, 'capstan.yaml'),
    'capabilities:\n  - nmae: x\n    environment: npm\n',
  );
  const { code, stderr } = await startCapstan(['list'], folder, shop.env).ended;
  assert.equal(code, 2);
  assert.match(stderr, /capstan\.yaml:2:\d+[^]*nmae[^]*name[^]*DECLARATION_INVALID/);
  const json = await startCapstan(['list', '--json'], folder, shop.env).ended;
  assert.equal(json.code, 2);
  assert.equal(json.stderr, '');
  assert.equal(documentIn(json.stdout, 'error')['error'].code, 'DECLARATION_INVALID');
  await rm(folder, { recursive: true });
});

test('before anything is installed, list says so and run says what to type', async () => {
  const list = documentIn((await shop.run('list', '--json')).stdout, 'list');
  assert.equal(list['capabilities'][0].state, 'not installed');
  const run = await shop.run('run', 'tools.greet', '--input', 'who=World');
  assert.equal(run.code, 3);
  assert.match(run.stderr, /capstan install[^]*CAPABILITY_NOT_INSTALLED/);
});

test('a dry run shows the plan and builds nothing', async () => {
  const plan = await shop.run('install', '--dry-run');
  assert.equal(plan.code, 0);
  assert.match(plan.stdout, /tools {2}npm {2}to be built[^]*folder/);
  const document = documentIn((await shop.run('install', '--dry-run', '--json')).stdout, 'install');
  assert.equal(document['capabilities'][0].state, 'planned');
  assert.equal(
    documentIn((await shop.run('list', '--json')).stdout, 'list')['capabilities'][0].state,
    'not installed',
  );
});

test('install builds, is content the second time, and show explains what was found', async () => {
  const first = documentIn((await shop.run('install', '--json')).stdout, 'install');
  assert.equal(first['capabilities'][0].state, 'installed');
  assert.deepEqual(first['capabilities'][0].actions.toSorted(), [
    'charge-once',
    'greet',
    'ignore-cancel',
    'paint-the-terminal',
    'wait-for-cancel',
    'write',
  ]);
  const second = documentIn((await shop.run('install', '--json')).stdout, 'install');
  assert.equal(second['capabilities'][0].state, 'unchanged');
  const show = await shop.run('show', 'tools');
  assert.match(show.stdout, /^tools 1\.2\.3\n/);
  assert.match(show.stdout, /who +string +required +whom to greet/);
  assert.match(show.stdout, /\$ capstan run tools\.greet --input who=WHO/);
  documentIn((await shop.run('show', 'tools', '--json')).stdout, 'show');
  const typo = await shop.run('show', 'tolls');
  assert.equal(typo.code, 3);
  assert.match(typo.stderr, /did you mean "tools"/);
});

test('a direct call prints its result alone on stdout, and what happens on stderr', async () => {
  const { code, stdout, stderr } = await shop.run(
    'run',
    'tools.greet',
    '-i',
    'who=World',
    '-i',
    'loud=true',
  );
  assert.equal(code, 0);
  assert.equal(stdout, 'HELLO, World!\n');
  assert.match(stderr, /greet: running tools\.greet\ngreet: completed/);
});

test('run --json is one document: outputs, steps, and files that are what their hash says', async () => {
  const { code, stdout, stderr } = await shop.run(
    'run',
    'greetings.yaml',
    '--input',
    'who=World',
    '--json',
  );
  assert.equal(code, 0);
  assert.equal(stderr, '');
  const report = documentIn(stdout, 'run');
  assert.equal(report['outputs'].greeting, 'Hello, World!');
  const [file] = report['nodes'].note.artifacts;
  const text = await readFile(file.path);
  assert.equal(createHash('sha256').update(text).digest('hex'), file.sha256);
  assert.equal(text.byteLength, file.size);
  assert.equal(report['outputs'].note.data.path, file.path);
});

test('run --watch --json is NDJSON: journaled events with seq in order, the report last', async () => {
  const { stdout } = await shop.run('run', 'greetings.yaml', '-i', 'who=Ada', '--watch', '--json');
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => documentIn(line, 'event'));
  const seqs = events.flatMap((event) => (event['seq'] === undefined ? [] : [event['seq']]));
  assert.ok(seqs.length >= 6);
  assert.deepEqual(
    seqs,
    seqs.toSorted((a, b) => a - b),
  );
  assert.ok(events.every((event) => event['schema'] === 'capstan.event/1'));
  assert.equal(events.at(-1)?.['type'], 'report');
  assert.equal(events.at(-1)?.['report'].outputs.greeting, 'Hello, Ada!');
});

test('inputs come from a file, and each --input goes over it', async () => {
  await writeFile(join(shop.root, 'inputs.json'), '{"who": "file", "loud": true}');
  const { stdout } = await shop.run(
    'run',
    'tools.greet',
    '--inputs',
    'inputs.json',
    '-i',
    'who=flag',
  );
  assert.equal(stdout, 'HELLO, flag!\n');
});

test('wrong inputs are refused before anything runs, with the nearest name and what is missing', async () => {
  const { code, stderr } = await shop.run('run', 'greetings.yaml', '--input', 'hwo=World');
  assert.equal(code, 2);
  assert.match(
    stderr,
    /there is no input "hwo"[^]*did you mean "who"[^]*input "who" is missing[^]*INPUT_INVALID/,
  );
});

test('validate shows every problem with its place, and exits with 2', async () => {
  const { code, stderr } = await shop.run('validate', 'misspelt.yaml');
  assert.equal(code, 2);
  assert.match(
    stderr,
    /misspelt\.yaml:3:\d+: error: .*gret[^]*misspelt\.yaml:4:\d+: error: .*tols/,
  );
  const document = documentIn(
    (await shop.run('validate', 'misspelt.yaml', '--json')).stdout,
    'validate',
  );
  assert.equal(document['valid'], false);
  assert.ok(document['problems'].length >= 3);
  assert.equal((await shop.run('validate', 'greetings.yaml')).code, 0);
  documentIn((await shop.run('validate', 'greetings.yaml', '--json')).stdout, 'validate');
  assert.equal((await shop.run('validate', 'absent.yaml')).code, 3);
});

test('a failed run exits with 1 and shows the tool’s words without its colours', async () => {
  const { code, stdout, stderr } = await shop.run('run', 'tools.paint-the-terminal');
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /red words/);
  assert.doesNotMatch(stderr, /\u001b/);
  const json = await shop.run('run', 'tools.paint-the-terminal', '--json');
  assert.equal(json.code, 1);
  assert.equal(documentIn(json.stdout, 'run')['state'], 'failed');
});

test('jobs, job, journal and logs answer from what was run', async () => {
  const { jobs } = documentIn((await shop.run('jobs', '--json')).stdout, 'jobs') as {
    jobs: { id: string; run: string }[];
  };
  assert.ok(jobs.length > 3);
  const some = jobs[0]?.id ?? '';
  const job = documentIn((await shop.run('job', some, '--json')).stdout, 'job');
  assert.equal(job['attempts'].length, 1);
  assert.match((await shop.run('job', some)).stdout, new RegExp(`job +${some}`));
  const unknown = await shop.run('job', 'job_unknown');
  assert.equal(unknown.code, 3);
  const ofRun = await shop.run('jobs', '--run', jobs[0]?.run ?? '', '--json');
  assert.ok(documentIn(ofRun.stdout, 'jobs')['jobs'].length < jobs.length);
  const { events } = documentIn((await shop.run('journal', '-n', '3', '--json')).stdout, 'journal');
  assert.equal(events.length, 3);
  const later = await shop.run(
    'journal',
    '--after',
    String(events[0].seq),
    '--type',
    events[2].type,
    '--json',
  );
  assert.ok(
    documentIn(later.stdout, 'journal')['events'].every(
      (event: { type: string }) => event.type === events[2].type,
    ),
  );
  assert.match((await shop.run('journal')).stdout, /job_finished .* completed/);
  const verified = await shop.run('journal', 'verify', '--json');
  assert.equal(verified.code, 0);
  assert.equal(documentIn(verified.stdout, 'journal-verify')['ok'], true);
  documentIn((await shop.run('logs', '--json')).stdout, 'logs');
});

test('an id that there is not is told as such, whatever it was to narrow down', async () => {
  for (const argv of [
    ['jobs', '--run', 'run_nope'],
    ['logs', '--run', 'run_nope'],
    ['logs', '--job', 'job_nope'],
    ['journal', '--run', 'run_nope'],
    ['journal', '--job', 'job_nope'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const { code, stderr } = await shop.run(...argv);
    assert.equal(code, 3, argv.join(' '));
    assert.match(stderr, /no (run|job) (run|job)_nope[^]*JOB_NOT_FOUND/);
  }
});

test('a reader that goes away ends nothing but the writing', async () => {
  const child = startCapstan(['--help'], shop.root, shop.env);
  assert.equal((await child.ended).code, 0);
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const node = process.execPath;
  const bin = join(import.meta.dirname, '../../bin/capstan.cjs');
  const script = `"${node}" "${bin}" journal -n 100000 --json | head -n 1; exit "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], {
    cwd: shop.root,
    env: shop.env,
  });
  assert.equal(stdout, '{\n');
  assert.equal(stderr, '');
});

test('Ctrl-C cancels cooperatively, says so, exits with 130 and leaves no process', async () => {
  const run = shop.start('run', 'unfinished.yaml', '--watch');
  await run.says('long: 50% waiting');
  run.kill('SIGINT');
  const { code, stdout, stderr } = await run.ended;
  assert.equal(code, 130);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    /Cancelling: interrupted by Ctrl-C[^]*first: completed|first: completed[^]*Cancelling: interrupted by Ctrl-C/,
  );
  assert.match(stderr, /long: cancelled/);
  assert.deepEqual(await processesWith(shop.root), []);
});

test('SIGTERM does the same and exits with 143; with --json the report still comes', async () => {
  const run = shop.start('run', 'unfinished.yaml', '--watch', '--json');
  await run.says('"message":"waiting"');
  run.kill('SIGTERM');
  const { code, stdout } = await run.ended;
  assert.equal(code, 143);
  const last = documentIn(stdout.trimEnd().split('\n').at(-1) ?? '', 'event');
  assert.equal(last['type'], 'report');
  assert.equal(last['report'].state, 'cancelled');
});

test('a second Ctrl-C waits for nothing, and the deaf tool dies with its host', async () => {
  const run = shop.start('run', 'tools.ignore-cancel', '--watch');
  await run.says('50% deaf');
  run.kill('SIGINT');
  await run.says('Cancelling');
  run.kill('SIGINT');
  const { code } = await run.ended;
  assert.equal(code, 130);
  await goneWithin(2_000);
});

/** A worker dies with its host within a second; the rest is for a busy machine. */
async function goneWithin(ms: number): Promise<void> {
  const { setTimeout: pause } = await import('node:timers/promises');
  const deadline = performance.now() + ms;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- a condition of the machine; nothing tells us
    const left = await processesWith(shop.root);
    if (left.length === 0) return;
    assert.ok(performance.now() < deadline, `still there: ${left.join(', ')}`);
    // oxlint-disable-next-line no-await-in-loop -- see above
    await pause(50);
  }
}

test('--timeout cancels the run and exits with 124', async () => {
  const { code, stderr } = await shop.run('run', 'tools.wait-for-cancel', '--timeout', '1s');
  assert.equal(code, 124);
  assert.match(stderr, /the deadline of 1\.0s passed\. Press Ctrl-C twice to end at once/);
});

test('a second run while one goes on is done by its host, and looks the same', async () => {
  const run = shop.start('run', 'unfinished.yaml', '--watch');
  await run.says('long: 50% waiting');
  const second = await shop.run('run', 'tools.greet', '-i', 'who=x');
  assert.equal(second.code, 0);
  assert.equal(second.stdout, 'Hello, x!\n');
  assert.match(
    second.stderr,
    new RegExp(`host that is up \\(process ${run.pid}\\) runs it[^]*greet: completed`),
  );
  const json = await shop.run('run', 'tools.greet', '-i', 'who=x', '--json');
  assert.equal(documentIn(json.stdout, 'run')['outputs'].result, 'Hello, x!');
  const wrong = await shop.run('run', 'misspelt.yaml');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /misspelt\.yaml:3:\d+/);
  const info = JSON.parse(await readFile(join(shop.root, '.capstan', 'host.json'), 'utf8'));
  const refused = await shop.run('up', '--json');
  assert.equal(refused.code, 75);
  assert.match(refused.stdout, new RegExp(String(run.pid)));
  assert.ok(!refused.stdout.includes(info.control.token), 'the token of the socket is told');

  const { jobs } = documentIn(
    (await shop.run('jobs', '--state', 'running', '--json')).stdout,
    'jobs',
  );
  assert.equal(jobs.length, 1);
  const unknown = await shop.run('cancel', 'run_unknown');
  assert.equal(unknown.code, 3);
  const cancel = await shop.run('cancel', jobs[0].run, '--reason', 'enough', '--json');
  assert.equal(cancel.code, 0);
  assert.equal(documentIn(cancel.stdout, 'cancel')['cancelled'][0].aborting, 1);
  const { code, stderr } = await run.ended;
  assert.equal(code, 130);
  assert.match(stderr, /cancelling: enough/);
  const over = await shop.run('cancel', jobs[0].run);
  assert.equal(over.code, 5);
  assert.match(over.stderr, /cancelled[^]*JOB_OVER/);
});

test('kill -9 of the host loses nothing: the same command finishes the run, finished steps not repeated', async () => {
  const run = shop.start('run', 'unfinished.yaml', '--watch');
  await run.says('long: 50% waiting');
  run.kill('SIGKILL');
  await run.ended;
  const again = shop.start('run', 'unfinished.yaml', '--watch');
  await again.says('first: done before, not run again');
  await again.says('long: 50% waiting');
  again.kill('SIGKILL');
  await again.ended;
  const other = await shop.run('run', 'tools.greet', '-i', 'who=World');
  assert.match(other.stderr, /oing on as well with what was unfinished here: run_/);
  const [{ run: runId }] = documentIn(
    (await shop.run('jobs', '--state', 'running', '--json')).stdout,
    'jobs',
  )['jobs'];
  assert.match((await shop.run('cancel', runId)).stdout, /is cancelled/);
});

test('an interrupted unsafe action is not repeated before a person has decided', async () => {
  const run = shop.start('run', 'tools.charge-once', '--watch');
  await run.says('50% charging');
  run.kill('SIGKILL');
  await run.ended;
  const parked = await shop.run('run', 'tools.charge-once', '--json');
  assert.equal(parked.code, 1);
  const node = documentIn(parked.stdout, 'run')['nodes']['charge-once'];
  assert.equal(node.state, 'needs_decision');
  const told = await shop.run('run', 'tools.charge-once');
  assert.match(told.stderr, new RegExp(`capstan decide ${node.job} rerun`));
  assert.equal((await shop.run('job', node.job, '--decide', 'rerun')).code, 0);
  const decided = await shop.run('run', 'tools.charge-once');
  assert.equal(decided.stdout, 'charged again\n');
});

test('init makes a workspace that runs as it says, and never overwrites a file', async () => {
  const root = join(shop.env['HOME'] ?? '', 'fresh');
  const first = await shop.run('init', '-C', root, '--yes', '--json');
  const document = documentIn(first.stdout, 'init');
  assert.deepEqual(document['created'], ['capstan.yaml', 'hello.ts', 'hello.yaml']);
  const here = (...argv: string[]) => startCapstan(argv, root, shop.env).ended;
  assert.equal((await here('install')).code, 0, 'nothing is fetched, so nobody has to agree');
  assert.equal(
    (await here('run', 'hello.greet', '--input', 'who=World')).stdout,
    'Hello, World!\n',
  );
  const run = await here('run', 'hello.yaml', '--input', 'who=World');
  assert.equal(run.stdout, 'greeting  Hello, Hello, World!!\n');
  await writeFile(join(root, 'hello.ts'), 'mine');
  const again = documentIn((await here('init', '--yes', '--json')).stdout, 'init');
  assert.deepEqual(again['created'], []);
  assert.equal(await readFile(join(root, 'hello.ts'), 'utf8'), 'mine');
  assert.equal(await readFile(join(root, '.gitignore'), 'utf8'), '.capstan/\n');
});

test('what has to be fetched needs consent: without --yes and without a terminal it is refused with 4', async () => {
  const root = await mkdtemp(join(shop.env['HOME'] ?? '', 'fetching-'));
  await writeFile(
    join(root, 'capstan.yaml'),
    'capabilities:\n  - { name: m, environment: { kind: npm, packages: [left-pad@1.3.0] }, source: ./m.ts }\n',
  );
  await writeFile(join(root, 'm.ts'), '');
  const { code, stdout, stderr } = await startCapstan(['install'], root, shop.env).ended;
  assert.equal(code, 4);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    /fetches left-pad@1\.3\.0[^]*runs[^]*npm[^]*capstan install --yes[^]*CONSENT_NEEDED/,
  );
  const json = await startCapstan(['install', '--json'], root, shop.env).ended;
  assert.equal(json.code, 4);
  assert.equal(documentIn(json.stdout, 'error')['error'].code, 'CONSENT_NEEDED');
});

test('doctor finds nothing wrong here, and says what is when an environment was changed', async () => {
  const healthy = await shop.run('doctor', '--json');
  const document = documentIn(healthy.stdout, 'doctor');
  assert.equal(document['healthy'], true, healthy.stdout);
  assert.equal(healthy.code, 0);
  const shown = documentIn((await shop.run('show', 'tools', '--json')).stdout, 'show');
  await rm(shown['environment'].path, { recursive: true });
  const ill = await shop.run('doctor');
  assert.equal(ill.code, 1);
  assert.match(ill.stdout, /capability tools[^]*fix: Run `capstan install tools`/);
});
