import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const load = new URL('../../src/compositions/load.ts', import.meta.url).href;

/** Loads a module in a process of its own, which prints the name of the composition, or the error. */
function loaded(t: TestContext, module: string): { stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-module-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'c.mjs'), module);
  const script = `
    const { loadComposition } = await import(${JSON.stringify(load)});
    const answer = await loadComposition('c.mjs').then((source) => source.composition.name, String);
    console.log(answer);`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    encoding: 'utf8',
  });
}

test('what a module prints while it is loaded goes to stderr, because stdout is for results', (t) => {
  const module =
    'console.log("hello"); process.stdout.write("you\\n"); export default { nodes: {} };';
  const { stdout, stderr } = loaded(t, module);
  assert.equal(stdout, 'c\n');
  assert.equal(stderr, 'hello\nyou\n');
});

test('a module that awaits what never happens is refused, instead of ending without a word', (t) => {
  const { stdout } = loaded(t, 'await new Promise(() => {}); export default { nodes: {} };');
  assert.match(
    stdout,
    /c\.mjs: the module failed while it was loaded: it awaits what never happens/,
  );
});
