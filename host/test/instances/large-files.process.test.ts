import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../workers/fixtures.ts';

const run = promisify(execFile);
const gigabytes = 3;
const bytes = gigabytes * 1024 ** 3;

for (const language of ['node', 'python']) {
  test(`a file of ${gigabytes} GB made by a ${language} tool costs no memory in host or worker, on its way out, in and through`, async (t) => {
    if (!existsSync('/proc/self/status')) return t.skip('peaks of memory are read from /proc');
    const folder = temporaryFolder(t);
    const program = join(import.meta.dirname, 'large-files-host.ts');
    const { stdout } = await run(process.execPath, [program, language, folder, String(bytes)]);
    const { made, looked, passed, linked, passMs, before, after } = JSON.parse(stdout);
    const { path, sha256, size } = made.result.data;
    assert.equal(size, bytes);
    assert.equal(statSync(path).size, bytes, 'it became an artifact');
    assert.ok(path.includes(sha256));
    assert.deepEqual(looked, { starts: 'first', size: bytes, sha256 });
    const growth = { host: after.host - before.host, worker: after.worker - before.worker };
    assert.ok(growth.host < 60, `the host grew by ${growth.host} MB`);
    assert.ok(growth.worker < 20, `the worker grew by ${growth.worker} MB`);
    for (const { result, artifacts } of [passed, linked]) {
      assert.deepEqual({ path: result.data.path, sha256: result.data.sha256 }, { path, sha256 });
      assert.deepEqual(artifacts, [], 'it stays where it is');
    }
    assert.ok(passMs < 500, `it was read again, which took ${passMs} ms`);
    t.diagnostic(`passed on twice in ${passMs.toFixed(0)} ms; peaks ${JSON.stringify(after)} MB`);
  });
}
