import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { JsonObject } from '@capstan/protocol';
import type { Check } from '../subject.ts';
import { withWorker } from '../worker.ts';

export const valueChecks: Check[] = [
  {
    name: 'names the place of a value that cannot travel',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        for (const kind of ['nan', 'infinity', 'big_integer', 'surrogate']) {
          const { status, json } = await worker.execute('bad_value', { kind });
          assert.equal(status, 500, kind);
          assert.equal(json._job_error.code, 'VALUE_INVALID', kind);
          assert.ok(
            json._job_error.message.includes('$.segments[2].start'),
            json._job_error.message,
          );
        }
      }),
  },
  {
    name: 'refuses a lone surrogate that comes in',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const raw = String.raw`{"args":[],"kwargs":{"action":"echo","value":["\ud800"]}}`;
        const { status, json } = await worker.ask('POST', '/execute', undefined, { raw });
        assert.equal(status, 400);
        assert.equal(json._job_error.code, 'VALUE_INVALID');
        assert.match(json._job_error.message, /value\[0\]/);
      }),
  },
  {
    name: 'passes unknown kinds of tagged values through unchanged',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const value = [{ __wire__: 'acme.thing', data: { n: 1 }, more: true }];
        assert.deepEqual((await worker.execute('echo', { value })).json, value);
      }),
  },
  {
    name: 'refuses a known kind without its required field, and drops a field it does not have',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const bad = await worker.execute('bad_file');
        assert.equal(bad.json._job_error.code, 'VALUE_INVALID');
        assert.match(bad.json._job_error.message, /\$\.data\.path/);
        const path = join(worker.dir, 'given.txt');
        await writeFile(path, 'given');
        const value = { __wire__: 'capstan.file', data: { path, colour: 'blue' } };
        const { json } = await worker.execute('echo', { value });
        assert.equal(json.data.path, path);
        assert.equal('colour' in json.data, false);
      }),
  },
  {
    name: 'gives a capability its file inputs to read',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const path = join(worker.dir, 'given.txt');
        await writeFile(path, 'a text');
        const file = { __wire__: 'capstan.file', data: { path } };
        assert.equal((await worker.execute('read_file', { file })).json, 'a text');
        const gone = { __wire__: 'capstan.file', data: { path: `${path}.gone` } };
        for (const wrong of [gone, 'a text', 7]) {
          const { json } = await worker.execute('read_file', { file: wrong });
          assert.equal(json._job_error.code, 'INPUT_INVALID');
          assert.deepEqual(json._job_error.fieldsInvalid, ['file']);
        }
      }),
  },
  {
    name: "accepts files below the call's own folder, and nowhere else",
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const headers = { 'capstan-call': 'writer' };
        const { json } = await worker.execute(
          'write_file',
          { name: 'out.txt', text: 'made' },
          { headers },
        );
        const path = join(worker.start.dirs.calls, 'writer', 'out.txt');
        assert.equal(json.__wire__, 'capstan.file');
        assert.equal(json.data.path, path);
        assert.equal(json.data.mediaType, 'text/plain');
        assert.equal(await readFile(path, 'utf8'), 'made');
        const outside = await worker.execute('write_outside');
        assert.equal(outside.json._job_error.code, 'FILE_OUTSIDE_CALL_DIR');
        const escaping = await worker.execute('write_file', {
          name: '../other/out.txt',
          text: 'x',
        });
        assert.equal(escaping.status, 500);
        const claimed = { __wire__: 'capstan.file', data: { path: '/etc/hostname' } };
        const smuggled = await worker.execute('echo', { value: { deep: [claimed] } });
        assert.equal(smuggled.status, 200, 'a file the call was given may be passed on');
      }),
  },
  {
    name: "writes a result above 1 MiB to a file of the call's folder",
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const small = await worker.execute('big', { bytes: 1_000_000 });
        assert.equal(small.json.length, 1_000_000);
        const headers = { 'capstan-call': 'big' };
        const { json } = await worker.execute('big', { bytes: 1_100_000 }, { headers });
        assert.equal(json.__wire__, 'capstan.file');
        assert.equal(json.data.path, join(worker.start.dirs.calls, 'big', 'result.json'));
        assert.equal(json.data.mediaType, 'application/json');
        assert.equal(JSON.parse(await readFile(json.data.path, 'utf8')).length, 1_100_000);
      }),
  },
  {
    name: 'turns tagged values of a registered kind into typed ones, and back',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const segment = (data: JsonObject) => ({ __wire__: 'conformance.segment', data });
        const shift = (data: JsonObject) =>
          worker.execute('shift', { segment: segment(data), by: 2 });
        assert.deepEqual(
          (await shift({ start: 1, end: 5, colour: 'red' })).json,
          segment({ start: 3, end: 5 }),
        );
        assert.deepEqual((await shift({ start: 1 })).json, segment({ start: 3, end: 0 }));
        const { status, json } = await shift({ end: 5 });
        assert.notEqual(status, 200);
        assert.equal(json._job_error.code, 'VALUE_INVALID');
        assert.match(json._job_error.message, /start/);
      }),
  },
  {
    name: 'sends a value that can save itself to a file as that file, in the folder of the call',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const headers = { 'capstan-call': 'saving' };
        const { json } = await worker.execute('samples', { text: 'la la' }, { headers });
        assert.equal(json.__wire__, 'capstan.file');
        assert.ok(json.data.path.startsWith(join(worker.start.dirs.calls, 'saving') + sep));
        assert.equal(json.data.size, 5);
        assert.equal(await readFile(json.data.path, 'utf8'), 'la la');
      }),
  },
  {
    name: 'finds in the cache what an earlier worker has saved for the same input, and records both',
    run: async (subject) => {
      const data = await mkdtemp(join(tmpdir(), 'conformance-cache-'));
      const path = join(data, 'talk.txt');
      await writeFile(path, 'hello');
      const recorded: string[] = [];
      try {
        for (const _ of [1, 2]) {
          // oxlint-disable-next-line no-await-in-loop -- the second worker finds what the first has saved
          await withWorker(
            subject,
            async (worker) => {
              const file = { __wire__: 'capstan.file', data: { path } };
              for (const frame of await worker.frames('cached', { file })) {
                if (frame.event === 'account') recorded.push(frame.type);
                if (frame.event === 'result') assert.deepEqual(frame.value, { text: 'hello' });
              }
            },
            { dirs: { data, models: data, calls: join(data, 'calls') } },
          );
        }
        assert.deepEqual(recorded, ['result_saved', 'cache_hit']);
        const [entry = ''] = await readdir(join(data, 'cached', 'talk'));
        assert.match(entry, /^2cf24d_[0-9a-f]{12}$/);
      } finally {
        await rm(data, { recursive: true, force: true });
      }
    },
  },
];
