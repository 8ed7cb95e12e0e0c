import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseReadyLine, type StartLine, type WireError } from '@capstan/protocol';
import type { Check, Subject } from '../subject.ts';
import { Worker, withWorker } from '../worker.ts';

/** Starts a worker that is expected to fail, and returns its error line. */
async function startError(
  subject: Subject,
  start: Partial<StartLine> & { text?: string },
): Promise<WireError> {
  const worker = new Worker(subject, start);
  try {
    const exit = await worker.exited;
    assert.equal(exit.code, 1, `exit code, after:\n${worker.stdout}${worker.stderr}`);
    const lines = worker.stdout.split('\n').map(parseReadyLine);
    const errors = lines.filter((line) => line?.kind === 'error');
    assert.equal(errors.length, 1, `one error line in:\n${worker.stdout}`);
    return errors[0]!.error;
  } finally {
    await worker.dispose();
  }
}

export const startChecks: Check[] = [
  {
    name: 'prints one ready line with the address it was told',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const ready = worker.stdout.split('\n').filter((line) => line.startsWith('capstan '));
        assert.deepEqual(ready, [`capstan 1 ${worker.start.listen}`]);
      }),
  },
  {
    name: 'listens on a free loopback port and names it',
    run: (subject) =>
      withWorker(
        subject,
        async (worker) => {
          const { status } = await worker.ask('GET', '/health');
          assert.equal(status, 200);
          assert.match(worker.stdout, /capstan 1 tcp:127\.0\.0\.1:[1-9]\d*\n/);
        },
        { listen: 'tcp:127.0.0.1:0' },
      ),
  },
  {
    name: 'refuses a host of another protocol version in a sentence, with exit code 1',
    run: async (subject) => {
      const error = await startError(subject, { protocol: [8, 9] });
      assert.equal(error.code, 'VERSION_SKEW');
      assert.match(error.message, /8/);
      assert.match(error.message, /9/);
      assert.match(error.message, /\b1\b/);
    },
  },
  {
    name: 'refuses a start line that is none',
    run: async (subject) => {
      assert.equal((await startError(subject, { text: 'hello\n' })).code, 'START_LINE_INVALID');
      const error = await startError(subject, { listen: 'tcp:0.0.0.0:80' });
      assert.equal(error.code, 'START_LINE_INVALID');
      assert.match(error.message, /listen/);
    },
  },
  {
    name: 'reports the exception of a capability that cannot be imported',
    run: async (subject) => {
      const error = await startError(subject, { module: subject.broken, class: '' });
      assert.equal(error.code, 'IMPORT_FAILED');
      assert.match(`${error.message} ${error.exception ?? ''}`, /conformance: broken on purpose/);
      assert.ok(error.traceback?.includes('conformance'), 'a traceback that leads to the module');
    },
  },
  {
    name: 'reports a module and a class that do not exist',
    run: async (subject) => {
      const missing = await startError(subject, { module: '/nonexistent/conformance', class: '' });
      assert.equal(missing.code, 'IMPORT_FAILED');
      const unknown = await startError(subject, { class: 'NoSuchClass' });
      assert.equal(unknown.code, 'IMPORT_FAILED');
      assert.match(unknown.message, /NoSuchClass/);
    },
  },
  {
    name: 'says what it is and exits 2 when it is started by hand',
    run: async (subject) => {
      const worker = new Worker(subject, { text: null });
      try {
        assert.equal((await worker.exited).code, 2);
        assert.match(worker.stderr, /Capstan worker/);
        assert.equal(worker.stdout, '');
      } finally {
        await worker.dispose();
      }
    },
  },
  {
    name: 'introspects without serving',
    run: async (subject) => {
      const found = await introspect(subject, subject.module, [
        `${subject.module}:ConformanceAdapter`,
      ]);
      assert.equal(found.code, 0, found.stderr);
      const { json } = found;
      assert.equal(json.name, 'conformance');
      assert.equal(json.version, '1.0.0');
      assert.equal(json.actions.add.input.properties.b.default, 1);
      assert.deepEqual(json.actions.add.input.required, ['a']);
      assert.deepEqual(json.actions.read_file.input.properties.file, { $ref: 'capstan:file' });
      assert.deepEqual(json.config_schema.properties.model.enum, ['small', 'large']);
      const methods = json.structural_surface.methods.map(({ name }: { name: string }) => name);
      assert.deepEqual(methods, methods.toSorted());
      assert.equal(json.adapters[0].task_name, 'conformance-task');
      assert.deepEqual(Object.keys(json.adapters[0].methods).toSorted(), [
        'double',
        'refuse',
        'tool_version',
      ]);
      assert.equal(json.worker_env[0].name, 'CONFORMANCE_SECRET');
    },
  },
  {
    name: 'writes the error of an introspection that fails',
    run: async (subject) => {
      const found = await introspect(subject, subject.broken, []);
      assert.equal(found.code, 1);
      assert.equal(found.json.error.code, 'IMPORT_FAILED');
      assert.match(found.json.error.message, /broken on purpose/);
    },
  },
];

async function introspect(subject: Subject, module: string, adapters: string[]) {
  const dir = await mkdtemp(join(tmpdir(), 'capstan-'));
  const out = join(dir, 'introspection.json');
  const flags = ['introspect', '--module', module, '--out', out];
  if (module === subject.module && subject.class !== '') flags.push('--class', subject.class);
  for (const adapter of adapters) flags.push('--adapter', adapter);
  const [program = '', ...args] = subject.command;
  const child = spawn(program, [...args, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: dir },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  try {
    const [code] = await once(child, 'close');
    return { code, stderr, json: JSON.parse(await readFile(out, 'utf8')) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
