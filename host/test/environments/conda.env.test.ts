import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  buildEnvironment,
  type CondaRequirement,
  Machine,
  planEnvironment,
  verifyEnvironment,
  workerCommand,
} from '../../src/environments/index.ts';
import { environmentsIn } from './builder.ts';
import { channelIn, type RealConda, realConda } from './conda-channel.ts';
import { conda, pathsIn, writeFiles } from './workbench.ts';

/**
 * A real conda, on a channel of this disk: the one on the PATH, or the last that PyPI carries. Where there is
 * neither, these tests are skipped and say so; `conda.process.test.ts` runs everywhere.
 */
const folder = mkdtempSync(join(tmpdir(), 'capstan-conda-'));
let channel = '';
let real: RealConda | null = null;
before(async () => {
  channel = await channelIn(folder);
  real = await realConda(folder, channel);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const needed = 'no conda on the PATH, and no Pythons 3.6 and 3.9 for the one of PyPI';

async function build(found: RealConda, wanted: Partial<CondaRequirement>, force = false) {
  const machine = new Machine(found.env, pathsIn(folder));
  const requirement = conda('conda', { tool: found.path, channels: [channel], ...wanted });
  const plan = await planEnvironment(requirement, machine);
  return { ...(await buildEnvironment(plan, machine, { force })), machine, plan };
}

test('a real conda builds an environment under its final name, and what it holds is recorded', async (t) => {
  if (real === null) return t.skip(needed);
  const {
    folder: prefix,
    record,
    machine,
  } = await build(real, {
    packages: ['greeting', 'where-am-i'],
  });
  const listed = execFileSync(real.path, ['list', '--explicit', '--md5', '--prefix', prefix], {
    env: real.env,
    encoding: 'utf8',
  });
  const packages = listed.split('\n').filter((line) => line.startsWith('file:'));
  assert.deepEqual(record.lock, packages.toSorted(), 'the lock is what conda itself would say');
  assert.match(record.tool, /^conda \d/);
  assert.match(record.interpreterVersion, /^3\.\d+\.\d+$/, 'the Python that the solver chose');

  const program = execFileSync(join(prefix, 'bin/where-am-i'), { encoding: 'utf8' });
  assert.equal(program.trim(), prefix, 'a path written into a package is the final one');
  const [python = '', ...options] = workerCommand('conda', prefix, machine).slice(0, 3);
  const code = 'import greeting, capstan_worker; print(greeting.greet("Ada"))';
  const said = execFileSync(python, [...options, '-c', code], { encoding: 'utf8' });
  assert.equal(said.trim(), 'Hello, Ada!');
  assert.deepEqual(await verifyEnvironment(prefix), { ok: true, problems: [] });
});

test('files that go missing from a conda environment are found, and forcing puts them back', async (t) => {
  if (real === null) return t.skip(needed);
  const wanted = { packages: ['greeting', 'where-am-i'] };
  const { folder: prefix } = await build(real, wanted);
  await writeFiles(prefix, { [`code/${'0'.repeat(64)}/tool.py`]: 'x = 1' });
  await rm(join(prefix, 'bin/where-am-i'));
  const { problems } = await verifyEnvironment(prefix);
  assert.ok(problems.includes('where-am-i: 1 of its files are gone'), problems.join('\n'));

  const again = await build(real, wanted, true);
  assert.equal(again.reused, false);
  assert.ok(existsSync(join(prefix, 'bin/where-am-i')));
  assert.ok(existsSync(join(prefix, 'code', '0'.repeat(64), 'tool.py')), 'copied code stays');
});

test('the list that an environment leaves behind, given as a lock, makes the same one again', async (t) => {
  if (real === null) return t.skip(needed);
  const first = await build(real, { packages: ['greeting', 'where-am-i'] });
  const lock = readFileSync(join(first.folder, 'explicit.txt'), 'utf8');
  const second = await build(real, { lock });
  assert.notEqual(second.folder, first.folder);
  // conda 4.3 forgets the checksum of a package that it finds in its cache.
  const addresses = ({ record }: typeof first) => record.lock.map((line) => line.split('#')[0]);
  assert.deepEqual(addresses(second), addresses(first));
  assert.equal(second.plan.locked, first.record.lock.length);
});

test('packages from PyPI are installed last, by the environment’s own pip, and recorded', async (t) => {
  if (real === null) return t.skip(needed);
  const { record, folder: prefix } = await build(real, { requirements: ['six==1.16.0'] });
  assert.equal(record.lock.at(-1), 'six==1.16.0');
  assert.ok(record.lock.some((line) => line.includes('/noarch/pip-')));
  assert.deepEqual(await verifyEnvironment(prefix), { ok: true, problems: [] });
  const text = await readFile(join(prefix, 'explicit.txt'), 'utf8');
  assert.doesNotMatch(text, /six/, 'conda cannot read what pip installed');
});

test('what a real conda cannot find is told in its own words, and nothing of the attempt is left', async (t) => {
  if (real === null) return t.skip(needed);
  const earlier = environmentsIn(pathsIn(folder));
  await assert.rejects(build(real, { packages: ['no-such-package'] }), {
    code: 'ENV_UNSOLVABLE',
    message: /conda says:\n[\s\S]*no-such-package/,
  });
  // conda 4.3 always reads its default channels too, and only warns of another that is not there.
  const nowhere = {
    channels: [channel.replace(/channel$/, 'nowhere')],
    packages: ['no-such-package'],
  };
  await assert.rejects(build(real, nowhere), {
    code: 'ENV_UNSOLVABLE',
    message: /the channel \S*\/nowhere does not exist/,
  });
  assert.deepEqual(environmentsIn(pathsIn(folder)), earlier);
});
