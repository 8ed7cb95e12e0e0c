import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  installCapabilities,
  performRemoval,
  planRemoval,
  readManifest,
  readWorkspace,
  type RemovalPlan,
} from '../../src/capabilities/index.ts';
import { workspacePaths } from '../../src/paths.ts';
import { pathsIn } from '../environments/workbench.ts';
import { endsOf, TestWorkspace } from './workspace.ts';

const tool = `
import { defineAdapter, defineCapability } from '@capstan/worker';
export default defineCapability({
  name: 'a', version: '1.0.0', actions: { greet: { input: {}, run: () => 'hello' } },
});
export const Greeting = defineAdapter({ task: 'greeting', methods: {} });
`;

/** Two capabilities that share an environment. */
async function installed(t: TestContext): Promise<TestWorkspace> {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': `capabilities:
  - { name: first, environment: npm, source: ./tool.ts }
  - name: second   # the other one
    environment: npm
    source: ./tool.ts
`,
    'tool.ts': tool,
  });
  assert.deepEqual(endsOf(await workspace.install()), ['first: installed', 'second: installed']);
  return workspace;
}

interface Wish {
  data?: boolean;
  declaration?: boolean;
  keepEnvironment?: boolean;
}

async function removal(workspace: TestWorkspace, name: string, wish: Wish = {}) {
  const read = await workspace.read();
  const options = { ...wish, env: process.env };
  const plan = await planRemoval(read, name, options);
  return { plan, done: () => performRemoval(read, plan, options) };
}

const wentAndStayed = ({ parts }: RemovalPlan): string[] =>
  parts.map(({ what, kept }) => `${kept === null ? '-' : '+'} ${what}`);

const environmentOf = async (workspace: TestWorkspace, name: string): Promise<string> => {
  const { capstan } = await readManifest(workspace.manifest(name));
  return capstan?.environment.path ?? '';
};

test('a capability is removed with its adapters, and its environment stays for whoever shares it', async (t) => {
  const workspace = await installed(t);
  const environment = await environmentOf(workspace, 'first');
  const { plan, done } = await removal(workspace, 'first');
  assert.deepEqual(wentAndStayed(plan), [
    '+ declaration',
    '- manifest',
    '- adapter',
    '+ environment',
  ]);
  assert.match(
    plan.parts[0]?.kept ?? '',
    /delete line 2 yourself, or remove it with --declaration/,
  );
  assert.match(plan.parts[3]?.kept ?? '', /others use it: .*second\.json/);
  await done();
  assert.ok(!existsSync(workspace.manifest('first')));
  assert.ok(!existsSync(workspace.manifest('adapter-greeting-Greeting')));
  assert.ok(existsSync(workspace.manifest('adapter-greeting-Greeting-second')));
  assert.ok(existsSync(environment));
});

test('the last user of an environment takes it along, unless it is to be kept', async (t) => {
  const workspace = await installed(t);
  const environment = await environmentOf(workspace, 'first');
  await (await removal(workspace, 'first')).done();
  const kept = await removal(workspace, 'second', { keepEnvironment: true });
  assert.equal(
    kept.plan.parts.find(({ what }) => what === 'environment')?.kept,
    'you asked to keep it',
  );
  await (await removal(workspace, 'second')).done();
  assert.ok(!existsSync(environment));
});

test('an environment that another workspace uses stays, until that workspace uses it no more', async (t) => {
  const workspace = await installed(t);
  const other = join(workspace.folder, 'other');
  cpSync(workspace.root, other, {
    recursive: true,
    filter: (path) => !path.endsWith('.capstan'),
  });
  const declared = await readWorkspace(other);
  await installCapabilities(declared, {
    names: ['first'],
    env: process.env,
    paths: pathsIn(workspace.folder),
    consent: () => Promise.resolve(false),
    onProgress: () => {},
  });
  const environment = await environmentOf(workspace, 'first');
  await (await removal(workspace, 'first')).done();
  const { plan } = await removal(workspace, 'second');
  const kept = plan.parts.find(({ what }) => what === 'environment')?.kept ?? '';
  assert.ok(kept.includes(join(other, '.capstan/manifests/first.json')), kept);
  await (await removal(workspace, 'second')).done();
  assert.ok(existsSync(environment));

  const options = { env: process.env };
  const last = await planRemoval(declared, 'first', options);
  await performRemoval(declared, last, options);
  assert.ok(!existsSync(environment));
});

test('an environment that a process runs from stays, and the process is named', async (t) => {
  const workspace = await installed(t);
  const environment = await environmentOf(workspace, 'first');
  await (await removal(workspace, 'first')).done();
  const { spawn } = await import('node:child_process');
  const running = spawn(process.execPath, [
    '-e',
    'setInterval(() => {}, 1000)',
    `${environment}/x`,
  ]);
  t.after(() => running.kill('SIGKILL'));
  const removed = await (await removal(workspace, 'second')).done();
  const part = removed.parts.find(({ what }) => what === 'environment');
  assert.match(part?.kept ?? '', new RegExp(`processes run from it \\(.*${running.pid}.*rm -r`));
  assert.ok(existsSync(environment));
});

test('data stays until it is asked for, and a removal can be repeated for it', async (t) => {
  const workspace = await installed(t);
  const folder = join(workspacePaths(workspace.root).dataDir, 'second');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.bin'), 'x');
  const first = await removal(workspace, 'second', { declaration: true });
  const data = first.plan.parts.find(({ what }) => what === 'data');
  assert.equal(data?.kept, 'remove it with --data');
  await first.done();
  assert.ok(existsSync(join(folder, 'model.bin')));
  const again = await removal(workspace, 'second', { data: true });
  assert.deepEqual(wentAndStayed(again.plan), ['- data']);
  await again.done();
  assert.ok(!existsSync(folder));
});

test('the entry in capstan.yaml goes when it is asked for, and the rest of the file stays', async (t) => {
  const workspace = await installed(t);
  await (await removal(workspace, 'second', { declaration: true })).done();
  assert.equal(
    readFileSync(join(workspace.root, 'capstan.yaml'), 'utf8'),
    'capabilities:\n  - { name: first, environment: npm, source: ./tool.ts }\n',
  );
  assert.deepEqual(endsOf(await workspace.install()), ['first: unchanged']);
});

test('a capability of which there is nothing is refused with the nearest name, and so is a path', async (t) => {
  const workspace = await installed(t);
  await assert.rejects(removal(workspace, 'secnod'), { hint: 'did you mean "second"?' });
  await assert.rejects(removal(workspace, '../../workspace', { data: true }), {
    code: 'CAPABILITY_NOT_FOUND',
  });
});
