import { mkdirSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, type FileValue, fileValue, type JsonObject } from '@capstan/protocol';
import { collectOutputs } from '../../src/instances/outputs.ts';
import { Guard, startWorker } from '../../src/workers/index.ts';

/**
 * A host's side of calls with one large file, in a process of its own so that its peak can be told:
 * `large-files-host.ts node|python FOLDER BYTES`. Prints what it found as one line of JSON.
 */
const [, , language = 'node', folder = '.', bytes = '0'] = process.argv;
const repository = join(import.meta.dirname, '../../..');
const fixtures = join(import.meta.dirname, '../fixtures/files');
const calls = join(folder, 'calls');
const artifactsDir = join(folder, 'artifacts');
mkdirSync(calls, { recursive: true });
const guard = new Guard({ hostId: 'large-files', workspace: folder });
const worker = await startWorker({
  command:
    language === 'python'
      ? ['python3', '-m', 'capstan_worker']
      : [process.execPath, join(repository, 'worker-node/src/main.ts')],
  cwd: folder,
  env: {
    PATH: process.env['PATH'] ?? '',
    PYTHONPATH: join(repository, 'worker-python'),
  },
  start: {
    module: join(fixtures, language === 'python' ? 'tool.py' : 'tool.mjs'),
    class: '',
    adapters: [],
    dirs: { data: folder, models: folder, calls },
    secrets: {},
    logLevel: 'info',
  },
  label: 'files',
  runtimeDir: join(folder, 'run'),
  guard,
});
await worker.request('POST', '/initialize', {});
const before = peaks();

const made = await kept('make', { name: 'large.bin', bytes: Number(bytes) }, []);
const [file] = filesIn(made.result);
if (file === undefined) throw new Error('no file was made');
const given = fileValue({ ...file });
const looked = await value('look', { file: { ...given, data: { ...file } } });
const start = performance.now();
const passed = await kept('pass_on', { file: { ...given, data: { ...file } } }, [file]);
const linked = await kept('link', { file: { ...given, data: { ...file } } }, [file]);
const passMs = performance.now() - start;
const after = peaks();
process.stdout.write(
  `${JSON.stringify({ made, looked, passed, linked, passMs, before, after })}\n`,
);
await worker.stop();
await guard.close();

async function value(action: string, kwargs: JsonObject) {
  const outcome = await worker.call({ callId: `call_${action}`, target: { action }, kwargs });
  if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome.error));
  return outcome.value;
}

async function kept(action: string, kwargs: JsonObject, files: FileValue[]) {
  const result = await value(action, kwargs);
  return collectOutputs(result, files, { callDir: join(calls, `call_${action}`), artifactsDir });
}

/** Highest resident memory so far, in MB. */
function peaks(): { host: number; worker: number } {
  const peakOf = (pid: number): number => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  };
  return { host: peakOf(process.pid), worker: peakOf(worker.pid) };
}
