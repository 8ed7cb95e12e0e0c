import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Results } from '../../results.ts';
import { figure, resultsOf } from './sample.ts';

const run = join(import.meta.dirname, '..', '..', 'run.ts');

function folderWith(t: TestContext, results: Results): string {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-page-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'results', 'plots'), { recursive: true });
  writeFileSync(join(folder, 'results', 'plots', 'of-last-time.svg'), '<svg/>');
  writeFileSync(join(folder, 'results', '2026-11-22.json'), JSON.stringify(results));
  return folder;
}

test('--page draws the page and the plots it names again, and takes the old ones away', (t) => {
  const folder = folderWith(
    t,
    resultsOf(figure('calls.one', 'µs', { capstan: [120, 121], floor: [100, 101] })),
  );
  execFileSync(process.execPath, [run, '--page', '--out', folder], { stdio: 'pipe' });
  const page = readFileSync(join(folder, 'RESULTS.md'), 'utf8');
  const named = Array.from(
    page.matchAll(/\]\(results\/plots\/([\w-]+\.svg)\)/g),
    ([, name]) => name,
  );
  assert.deepEqual(readdirSync(join(folder, 'results', 'plots')), named);
});

test('the command ends with 1 and names the figure that misses its budget without a reason', (t) => {
  const budgets = [{ source: 'architecture 7', of: 'ratio', to: 'floor', atMost: 1.1 } as const];
  const slow = figure('calls.of-no-one', 'µs', { capstan: [300], floor: [100] }, { budgets });
  const folder = folderWith(t, resultsOf(slow));
  const { status, stderr } = spawnSync(process.execPath, [run, '--page', '--out', folder], {
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /calls\.of-no-one misses its budget, and bench\/page\/missed\.ts does not say why/,
  );
});
