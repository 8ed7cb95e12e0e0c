import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Introspection, WireError } from '@capstan/protocol';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const sdk = new URL('../src/index.ts', import.meta.url).href;

/** What the SDK finds in a module of this text. */
function introspected(t: TestContext, text: string, ...more: string[]): Introspection {
  const folder = mkdtempSync(join(tmpdir(), 'node-adapters-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const module = join(folder, 'words.ts');
  const out = join(folder, 'out.json');
  writeFileSync(module, text.replaceAll('@capstan/worker', sdk));
  const options = more.map((option) => option.replace('MODULE', module));
  const args = [main, 'introspect', `--module=${module}`, `--out=${out}`, ...options];
  spawnSync(process.execPath, args, { encoding: 'utf8' });
  return JSON.parse(readFileSync(out, 'utf8')) as Introspection;
}

const tool = `
import { defineCapability, defineAdapter, needed } from '@capstan/worker';
export default defineCapability({
  name: 'words', version: '1.0.0',
  actions: { count: { input: { text: { type: 'string' }, most: { type: 'integer', default: 3 } }, run: ({ text }) => text.length } },
});
class Base { reset(): void { needed(); } }
class Counter extends Base {
  count(text: string, most?: number): number { return needed(text, most); }
  get language(): string { return needed(); }
}
`;

test('an adapter is described completely: full names, task, members of its protocol, inherited ones too', (t) => {
  const { adapters } = introspected(
    t,
    `${tool}
export const Counting = defineAdapter({
  task: 'counting', version: '1.2', needs: Counter,
  methods: { words: { description: 'Counts.', input: { text: { type: 'string' } }, effects: 'pure', run: ({ text }, words) => words.count(text) } },
});`,
    '--adapter=MODULE:Counting',
  );
  const [found] = adapters;
  assert.ok(found);
  assert.equal(found.name, 'words.Counting');
  assert.equal(found.version, '1.2');
  assert.equal(found.task_name, 'counting');
  assert.match(found.module, /words\.ts$/);
  assert.equal(found.class, 'Counting');
  assert.equal(found.required_tool_protocol, 'words.Counter');
  assert.deepEqual(found.protocol_members, {
    methods: [
      { name: 'count', signature: '(text, most)', params: ['text', 'most'] },
      { name: 'reset', signature: '()', params: [] },
    ],
    properties: ['language'],
  });
  assert.equal(found.methods['words']?.effects, 'pure');
});

test('every adapter that a module exports is found when none is named', (t) => {
  const text = `${tool}
export class Second { static taskName = 'b'; static toolProtocol = { name: 'P', methods: { count: ['text'] } }; run() {} }
export class First { static taskName = 'a'; }
class Hidden { static taskName = 'c'; }
export const noAdapter = Hidden.taskName;`;
  const { adapters } = introspected(t, text, '--find-adapters');
  assert.deepEqual(
    adapters.map(({ name, task_name: task }) => [name, task]),
    [
      ['words.First', 'a'],
      ['words.Second', 'b'],
    ],
  );
  assert.deepEqual(adapters[1]?.protocol_members.methods, [
    { name: 'count', signature: '(text)', params: ['text'] },
  ]);
  assert.equal(introspected(t, text).adapters.length, 0);
});

test('the actions of a capability are methods of its surface, with their inputs as parameters', (t) => {
  const { structural_surface: surface } = introspected(t, tool);
  const count = surface?.methods.find(({ name }) => name === 'count');
  assert.deepEqual(count?.params, ['text', 'most']);
});

test('an adapter that is not there is told with the nearest one', (t) => {
  const text = `${tool}\nexport class Counting { static taskName = 'counting'; }\nexport class NoAdapter {}`;
  const errorOf = (name: string) =>
    (introspected(t, text, `--adapter=MODULE:${name}`) as unknown as { error: WireError }).error;
  assert.equal(errorOf('Countin').code, 'ADAPTER_NOT_FOUND');
  assert.match(errorOf('Countin').message, /no adapter "Countin"; did you mean "Counting"\?/);
  assert.match(errorOf('NoAdapter').message, /is no adapter: a class with `static taskName`/);
});

test('what a capability needs of a machine is recorded, with the calls it takes at once', (t) => {
  const text = tool.replace(
    "version: '1.0.0',",
    "version: '1.0.0', resources: { platforms: ['linux-x64'] },",
  );
  assert.deepEqual(introspected(t, text).resources, { concurrency: 1, platforms: ['linux-x64'] });
});

test('a protocol of abstract members, of which nothing is left to record, is refused with the remedy', (t) => {
  const text = `${tool}
abstract class Nothing { abstract count(text: string): number; }
export const Counting = defineAdapter({ task: 'counting', needs: Nothing, methods: {} });`;
  const { error } = introspected(t, text, '--find-adapters') as unknown as {
    error: { message: string; hint: string };
  };
  assert.match(error.message, /the protocol Nothing asks for nothing/);
  assert.match(error.hint, /needed\(\)/);
});
