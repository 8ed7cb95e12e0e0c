import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CommandDeclaration } from '@capstan/worker/command';
import { isAlive, until, Worker } from '../../protocol/conformance/worker.ts';

/** A shell plays the tool: it is everywhere, and can do anything a tool might. */
const shell: CommandDeclaration = {
  name: 'shell',
  executable: '/bin/sh',
  version: { argv: ['-c', 'echo shell version 4.2'], pattern: String.raw`version (\S+)` },
  actions: {
    copy: {
      effects: 'pure',
      inputs: { text: { type: 'file' }, suffix: { type: 'string', default: 'copy' } },
      outputs: {
        file: { type: 'file', path: '${{ inputs.text.stem }}.${{ inputs.suffix }}' },
        said: { type: 'string', from: 'stderr' },
      },
      argv: [
        '-c',
        'cat "$1" >"$2"; echo done >&2',
        'tool',
        '${{ inputs.text }}',
        '${{ outputs.file }}',
      ],
    },
    count: {
      inputs: { text: { type: 'string' } },
      outputs: { result: { type: 'json', from: 'stdout' } },
      returns: 'result',
      argv: ['-c', `printf '{"bytes":%d}' "$(wc -c)"`],
      stdin: '${{ inputs.text }}',
    },
    climb: {
      outputs: {},
      argv: ['-c', String.raw`printf 'at 50%%\rat 100%%\n'`],
      progress: { from: 'stdout', pattern: String.raw`(\d+)%`, scale: 100 },
    },
    fail: {
      inputs: { code: { type: 'integer' } },
      argv: ['-c', 'echo "no such codec" >&2; exit "$1"', 'tool', '${{ inputs.code }}'],
      exitCodes: { 3: { category: 'transient', message: 'the server is busy', hint: 'wait' } },
    },
    'forget-output': { outputs: { file: { type: 'file', path: 'x' } }, argv: ['-c', 'true'] },
    'ignore-sigterm': {
      argv: ['-c', 'trap "" TERM; sleep 300 & echo "child $!" >&2; while :; do wait; done'],
    },
  },
};

let dir: string;
let worker: Worker;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'capstan-'));
  worker = await startCommand(shell);
});

after(async () => {
  await worker.dispose();
  await rm(dir, { recursive: true });
});

async function startCommand(declaration: CommandDeclaration): Promise<Worker> {
  const module = join(dir, `${declaration.name}.json`);
  await writeFile(module, JSON.stringify(declaration));
  const command = [process.execPath, join(import.meta.dirname, '../src/main.ts')];
  return new Worker({ command, module, class: '', broken: '' }).untilReady();
}

test('a command tells the version of its tool once it is initialized', async () => {
  await worker.ask('POST', '/initialize', {});
  assert.equal((await worker.ask('GET', '/health')).json.version, '4.2');
});

test('a command turns files into files and output into text', async () => {
  const path = join(dir, 'a talk.txt');
  await writeFile(path, 'some text');
  const text = { __wire__: 'capstan.file', data: { path } };
  const { json } = await worker.execute('copy', { text }, { headers: { 'capstan-call': 'copy' } });
  assert.equal(json.said, 'done\n');
  assert.equal(json.file.data.path, join(worker.start.dirs.calls, 'copy', 'a talk.copy'));
  assert.equal(await readFile(json.file.data.path, 'utf8'), 'some text');
});

test('a command feeds stdin and reads JSON', async () => {
  assert.deepEqual((await worker.execute('count', { text: 'héllo' })).json, { bytes: 6 });
});

test('a command reports progress, also when the tool redraws one line', async () => {
  const frames = await worker.frames('climb');
  const seen = frames.flatMap((frame) => (frame.event === 'progress' ? [frame.progress] : []));
  assert.deepEqual(seen, [0.5, 1]);
});

test("an exit code has its declared meaning, and quotes the tool's last words", async () => {
  const declared = (await worker.execute('fail', { code: 3 })).json._job_error;
  assert.equal(declared.category, 'transient');
  assert.equal(declared.hint, 'wait');
  assert.match(
    declared.message,
    /the server is busy \(exit code 3\); its last words: no such codec/,
  );
  const other = (await worker.execute('fail', { code: 4 })).json._job_error;
  assert.equal(other.category, 'fatal');
  assert.match(other.message, /sh failed \(exit code 4\)/);
});

test('a tool that does not write its output is an error that names the output', async () => {
  const { json } = await worker.execute('forget-output');
  assert.match(json._job_error.message, /did not write its output "file"/);
});

test('cancelling ends a tool that ignores SIGTERM, with its children', async () => {
  const headers = { 'capstan-call': 'stubborn' };
  const running = worker.execute('ignore-sigterm', {}, { headers });
  const childPid = (): number => Number(/child (\d+)/.exec(worker.stderr)?.[1]);
  await until('its child runs', () => childPid() > 0);
  await worker.ask('POST', '/cancel', { call: 'stubborn' });
  assert.equal((await running).status, 409);
  await until('its child ended', async () => !(await isAlive(childPid())));
});

test('a missing executable is an error that says what to do', async () => {
  const missing = await startCommand({
    ...shell,
    name: 'missing',
    executable: 'no-such-tool-anywhere',
  });
  try {
    const { json } = await missing.ask('POST', '/initialize', {});
    assert.equal(json._job_error.code, 'ENV_TOOL_MISSING');
    assert.match(json._job_error.message, /no-such-tool-anywhere is not installed/);
    assert.match(json._job_error.hint, /package manager/);
  } finally {
    await missing.dispose();
  }
});
