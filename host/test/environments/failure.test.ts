import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { type BuildTool, failureOf } from '../../src/environments/failure.ts';
import type { ToolEnd } from '../../src/environments/run-tool.ts';

const ended = (lines: string[], more: Partial<ToolEnd> = {}): ToolEnd => ({
  kind: 'exited',
  code: 1,
  signal: null,
  stdout: '',
  lines,
  ...more,
});

const explain = (tool: BuildTool, ...lines: string[]) =>
  failureOf('The environment', tool, ended(lines), tmpdir());

test('requirements that contradict each other are unsolvable, in pip’s own words', async () => {
  const error = await explain(
    'pip',
    'Collecting numpy==1.26.4',
    'ERROR: Cannot install numpy==1.26.4 and numpy==2.0.0 because these package versions have conflicting dependencies.',
    'The conflict is caused by:',
    '    The user requested numpy==1.26.4',
    'ERROR: ResolutionImpossible: for help visit the documentation',
    '[notice] A new release of pip is available',
  );
  assert.equal(error.code, 'ENV_UNSOLVABLE');
  assert.match(error.message, /pip says:\n {2}ERROR: Cannot install numpy==1\.26\.4/);
  assert.doesNotMatch(error.message, /notice|Collecting/);
});

test('a version nobody published is unsolvable for each tool', async () => {
  const pip = await explain('pip', 'ERROR: No matching distribution found for six==99');
  const uv = await explain('uv', 'error: No solution found when resolving dependencies');
  const npm = await explain(
    'npm',
    'npm error code ETARGET',
    'npm error notarget No matching version',
  );
  assert.deepEqual(
    [pip, uv, npm].map(({ code }) => code),
    ['ENV_UNSOLVABLE', 'ENV_UNSOLVABLE', 'ENV_UNSOLVABLE'],
  );
});

test('without a network nothing is called unsolvable, and trying again may help', async () => {
  const error = await explain(
    'pip',
    'WARNING: Retrying (Retry(total=0)) after connection broken by NewConnectionError',
    'ERROR: No matching distribution found for six',
  );
  assert.equal(error.code, 'ENV_BUILD_FAILED');
  assert.equal(error.category, 'transient');
  assert.ok(error.retriable);
});

test('a full disk is named with the space that is left and where', async () => {
  for (const line of ['OSError: [Errno 28] No space left on device', 'npm error code ENOSPC']) {
    // oxlint-disable-next-line no-await-in-loop
    const error = await explain('pip', line);
    assert.equal(error.code, 'ENV_DISK_FULL');
    assert.match(error.message, /\d MB free at \//);
  }
});

test('any other end is a failed build that quotes the last lines', async () => {
  const error = await explain('npm', 'npm error code EWHATEVER', 'npm error boom');
  assert.equal(error.code, 'ENV_BUILD_FAILED');
  assert.match(error.message, /npm error boom/);
  const silent = await failureOf('X', 'uv', ended([], { code: null, signal: 'SIGSEGV' }), tmpdir());
  assert.match(silent.message, /It printed nothing \(ended by SIGSEGV\)/);
});

test('of npm’s words its manual is left out, and another hash says what that may mean', async () => {
  const error = await explain(
    'npm',
    'npm error code EUSAGE',
    'npm error Missing: ip@2.0.1 from lock file',
    'npm error 404',
    'npm error Clean install a project',
    'npm error Usage:',
    'npm error npm ci',
  );
  assert.match(
    error.message,
    /npm says:\n {2}npm error code EUSAGE\n {2}npm error Missing: ip@2\.0\.1 from lock file$/,
  );
  const tampered = await explain('npm', 'npm error code EINTEGRITY');
  assert.equal(tampered.code, 'ENV_UNSOLVABLE');
  assert.match(tampered.hint ?? '', /not what the lock was made for/);
});

test('a requirement that uv cannot read is one to change', async () => {
  const error = await explain('uv', "error: Couldn't parse requirement in `requirements.txt`");
  assert.equal(error.code, 'ENV_UNSOLVABLE');
});
