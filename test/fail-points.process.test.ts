import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';

/** The host as it is published: built, packed and unpacked again. */
const folder = mkdtempSync(join(tmpdir(), 'capstan-unarmed-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: string[], env: { [name: string]: string } = {}) {
  return spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
}

function succeed(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = run(command, args);
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout.trim();
}

/** Submits one job to a new workspace and prints its id: a commit, with the points before and after it. */
const program = `
import { mkdtempSync } from 'node:fs';
const [, , source, suffix, root] = process.argv;
const part = (name) => import(source + '/' + name + suffix);
const { StateStore } = await part('stores/index');
const { workspacePaths } = await part('paths');
const { systemClock } = await part('clock');
const store = await StateStore.open({ paths: workspacePaths(root), clock: systemClock });
const [job] = await store.submitJobs([{ capability: 'x', action: 'y', input: {}, effects: 'pure' }]);
console.log(job.jobId);
await store.close();
`;

function submit(source: string, suffix: string, name: string) {
  const script = join(folder, 'submit.mjs');
  writeFileSync(script, program);
  const root = join(folder, name);
  mkdirSync(root);
  const armed = { CAPSTAN_FAIL_POINTS: 'writer.before-commit:kill,writer.after-commit:kill' };
  return run(process.execPath, [script, source, suffix, root], armed);
}

test('a source checkout that is armed dies at the point', () => {
  const { signal, stdout } = submit(resolve('host/src'), '.ts', 'sources');
  assert.deepEqual([signal, stdout], ['SIGKILL', '']);
});

test('an installed Capstan cannot be told to die', () => {
  const build = join(folder, 'build');
  succeed(process.execPath, 'scripts/build.ts', build);
  const packed = succeed(
    'npm',
    'pack',
    '--silent',
    '--pack-destination',
    folder,
    join(build, 'host'),
  );
  succeed('tar', '-xzf', join(folder, packed), '-C', folder);
  const files = globSync(join(folder, 'package', '**', '*.{js,cjs}'));
  assert.deepEqual(
    files.filter((file) => readFileSync(file, 'utf8').includes('CAPSTAN_FAIL_POINTS')),
    [],
  );
  symlinkSync(resolve('node_modules'), join(folder, 'package', 'node_modules'));
  const { status, stdout, stderr } = submit(join(folder, 'package', 'src'), '.js', 'packed');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^job_/);
});
