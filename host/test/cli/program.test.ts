import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { groups } from '../../src/cli/commands/table.ts';
import { programFor } from '../../src/cli/program.ts';
import { capstan } from './fake-io.ts';

const names = [
  'init',
  'install',
  'estimate',
  'list',
  'show',
  'adapters',
  'check',
  'regenerate',
  'remove',
  'secret',
  'env',
  'prune',
  'validate',
  'run',
  'submit',
  'wait',
  'resume',
  'retry',
  'up',
  'down',
  'cancel',
  'decide',
  'reorder',
  'enable',
  'disable',
  'jobs',
  'job',
  'stats',
  'events',
  'logs',
  'journal',
  'doctor',
  'arbitrate',
  'explain',
];

test('help lists every command, examples and every exit code, on stdout', async () => {
  const { code, stdout, stderr } = await capstan(['--help']);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  for (const name of names) assert.match(stdout, new RegExp(`^  ${name}\\b`, 'm'));
  for (const exit of Object.keys(exitCodes)) assert.match(stdout, new RegExp(`^ +${exit}  `, 'm'));
  assert.match(stdout, /Examples:\n {2}\$ capstan init/);
});

test('without a word capstan shows its help', async () => {
  const { code, stdout } = await capstan([]);
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: capstan/);
});

const below = [
  ...['tail', 'query', 'export', 'verify', 'replay'].map((name) => ['journal', name]),
  ['logs', 'prune'],
  ...['set', 'list', 'remove', 'init', 'unlock'].map((name) => ['secret', name]),
  ...['list', 'set', 'unset'].map((name) => ['env', name]),
  ['prune', 'environments'],
];
for (const words of [...names.map((name) => [name]), ...below]) {
  test(`capstan ${words.join(' ')} --help teaches with examples and shows the global options`, async () => {
    const { code, stdout } = await capstan([...words, '--help']);
    assert.equal(code, 0);
    assert.match(stdout, /Examples:\n {2}\$ capstan /);
    assert.match(stdout, /--workspace <folder>/);
    assert.match(stdout, /--json/);
  });
}

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync('host/package.json', 'utf8')) as { version: string };
  assert.deepEqual(await capstan(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
});

test('a mistyped command is answered with the nearest one, which is not run', async () => {
  const { code, stdout, stderr } = await capstan(['lsit']);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.equal(stderr, "error: unknown command 'lsit'\n  try: Did you mean list?\n  code: USAGE\n");
});

test('a mistyped option is answered with the nearest one', async () => {
  const { code, stderr } = await capstan(['run', 'x.yaml', '--wacth']);
  assert.equal(code, 2);
  assert.match(stderr, /unknown option '--wacth'\n {2}try: Did you mean --watch\?/);
});

test('a missing argument, a surplus one and a bad value are usage errors that say what to write', async () => {
  const missing = await capstan(['show']);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /missing required argument 'name'/);
  const surplus = await capstan(['list', 'all']);
  assert.equal(surplus.code, 2);
  assert.match(surplus.stderr, /too many arguments/);
  const bare = await capstan(['run', 'hello.greet', 'who=World']);
  assert.match(bare.stderr, /try: Give inputs as options: --input who=World\n/);
  const bad = await capstan(['run', 'x.yaml', '--timeout', 'soon']);
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /--timeout <duration>.*soon.*Write 30s/);
  const choice = await capstan(['jobs', '--state', 'lost']);
  assert.equal(choice.code, 2);
  assert.match(choice.stderr, /Allowed choices are pending/);
});

test('a usage error leads to the help of the command that was meant', async () => {
  for (const [argv, says] of [
    [['wait'], 'See `capstan wait --help`.'],
    [['submit', 'a.b', '--prio', '3'], 'See `capstan submit --help`.'],
    [['journal', 'query', '--order', 'up'], 'See `capstan journal query --help`.'],
    [['--colour'], 'See `capstan --help`.'],
  ] as const) {
    const { code, stderr } = await capstan([...argv]);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`\n  try: ${says}\n`));
  }
});

test('a mistyped command below another is answered with those there are', async () => {
  const { code, stderr } = await capstan(['journal', 'verfy']);
  assert.equal(code, 2);
  assert.match(stderr, /journal has no command "verfy"\n {2}try: .*replay, tail, verify|verify/);
  assert.match((await capstan(['logs', 'prnue'])).stderr, /no command "prnue"\n {2}try: .*prune/);
});

test('help finds commands below others, and tells of those that are not there', async () => {
  assert.match(
    (await capstan(['help', 'journal', 'query'])).stdout,
    /^Usage: capstan journal query/,
  );
  assert.match((await capstan(['help'])).stdout, /^Usage: capstan \[/);
  assert.match((await capstan(['help', 'run', 'a.b'])).stdout, /^Usage: capstan run/, 'not run');
  const { code, stderr } = await capstan(['help', 'lsit']);
  assert.equal(code, 2);
  assert.match(stderr, /unknown command 'lsit'\n {2}try: Did you mean list\?/);
  assert.match((await capstan(['help', 'logs', 'prnue'])).stderr, /no command "prnue"/);
});

test('a bad number is told what numbers there are', async () => {
  for (const [argv, says] of [
    [['submit', 'a.b', '--priority', '-1'], /whole number from 0 to 1000000/],
    [['submit', 'a.b', '--retries', '100'], /whole number from 0 to 99/],
    [['submit', 'a.b', '--delay=-1s'], /Write 30s/],
    [['jobs', '--limit', '0'], /whole number, 1 at least/],
  ] as const) {
    const { code, stderr } = await capstan([...argv]);
    assert.equal(code, 2);
    assert.match(stderr, says);
  }
});

test('logs are pruned as a whole, never by an option that only narrows what is shown', async () => {
  const { code, stderr } = await capstan(['logs', '--job', 'job_x', 'prune']);
  assert.equal(code, 2);
  assert.match(stderr, /logs prune has no option --job/);
});

test('help fills its lines, shows durations as they are written, and no options that are of others', async () => {
  const long = await capstan(['wait', '--help']);
  const words = long.stdout.slice(0, long.stdout.indexOf('Arguments:')).trim().split('\n').slice(2);
  for (const line of words.slice(0, -1)) assert.ok(line.length > 80, `"${line}" is broken early`);
  assert.match((await capstan(['up', '--help'])).stdout, /--grace <duration>.*\(default: 10s\)/);
  const { stdout } = await capstan(['journal', 'query', '--help']);
  assert.equal(stdout.match(/--limit/g)?.length, 1);
  assert.match(stdout, /--workspace/);
});

test('with --json a usage error is one document on stdout and nothing on stderr', async () => {
  for (const argv of [
    ['lsit', '--json'],
    ['--json', 'lsit'],
  ]) {
    const { code, stdout, stderr } = await capstan(argv);
    assert.equal(code, 2);
    assert.equal(stderr, '');
    const { error } = JSON.parse(stdout) as { error: { [member: string]: unknown } };
    assert.equal(error['code'], 'USAGE');
    assert.equal(error['category'], 'input');
    assert.match(String(error['hint']), /Did you mean list\?/);
  }
});

test('with --watch --json an error is one more line of the stream', async () => {
  const { stdout } = await capstan(['run', '--watch', '--json']);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 1);
  const event = JSON.parse(lines[0] ?? '') as { [member: string]: unknown };
  assert.equal(event['schema'], 'capstan.event/1');
  assert.equal(event['type'], 'error');
});

test('a bug is an internal error with its stack, not a crash', async () => {
  const { code, stderr } = await capstan(['init', '--language', 'python', '-C', '\0'], {});
  assert.equal(code, 70);
  assert.match(stderr, /code: INTERNAL[^]*TypeError[^]*\n {4}at/);
});

test('each command goes by the name under which it is looked up', async () => {
  const all = await programFor([], null as never, null as never, () => {});
  const listed = groups.flatMap(({ commands }) => Object.keys(commands));
  assert.deepEqual(
    all.commands.map((command) => command.name()),
    [...listed, 'help'],
  );
});

test('a command line reads only the command it names, and all where that is not clear', async () => {
  const read = async (...words: string[]): Promise<string[]> => {
    const program = await programFor(words, null as never, null as never, () => {});
    return program.commands.map((command) => command.name());
  };
  assert.deepEqual(await read('jobs', '--all'), ['jobs']);
  assert.deepEqual(await read('-C', 'run', '--json', 'jobs'), ['jobs']);
  assert.ok((await read('jbos')).length > 40);
  assert.ok((await read('--help', 'jobs')).length > 40);
  assert.ok((await read('-C')).length > 40);
});

test('docs/cli.md explains every command, every flag and every exit code', async () => {
  const docs = readFileSync('docs/cli.md', 'utf8');
  const program = await programFor([], null as never, null as never, () => {});
  const undocumented: string[] = [];
  const walk = (command: typeof program, path: string): void => {
    if (!docs.includes(`\`${path}`)) undocumented.push(path);
    for (const option of command.options) {
      if (!docs.includes(`\`${option.long}`)) undocumented.push(`${path} ${option.long}`);
    }
    for (const inner of command.commands) walk(inner, `${path} ${inner.name()}`);
  };
  walk(program, 'capstan');
  for (const [code, what] of Object.entries(exitCodes)) {
    if (!docs.includes(`| ${code} | ${what} |`)) undocumented.push(`exit code ${code}`);
  }
  assert.deepEqual(undocumented, []);
});

test('init where a file lies is refused as such, not as a bug', async () => {
  const { code, stderr } = await capstan(['init', '--yes', '-C', import.meta.filename], {});
  assert.equal(code, 78);
  assert.match(stderr, /program\.test\.ts cannot be made[^]*FOLDER_NOT_WRITABLE/);
});
