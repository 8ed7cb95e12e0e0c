import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseDeclarations } from '../../../src/capabilities/index.ts';
import { countedCapacity, isMachineResource, policyOf } from '../../../src/leases/policy/index.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'lease-policy-')));
after(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, 'src/api'), { recursive: true });
symlinkSync('src/api', join(root, 'api'));
symlinkSync('/etc', join(root, 'outside'));

const rules = (text: string) => parseDeclarations(text, join(root, 'capstan.yaml'));

test('the paths of a lane are those that its links lead to', () => {
  const { lanes, tree } = policyOf(rules('lanes: { a: { paths: ["api/**", docs] } }'), root);
  assert.deepEqual(lanes['a']?.paths, ['src/api/**', 'docs']);
  assert.equal(tree, root);
});

test('the same paths stay the same list, so that their patterns are compiled once', () => {
  const said = rules('lanes: { a: { paths: [src] } }');
  assert.equal(policyOf(said, root).lanes['a']?.paths, policyOf(said, root).lanes['a']?.paths);
});

test('a lane that leads out of the tree is a mistake of the declaration', () => {
  assert.throws(() => policyOf(rules('lanes: { a: { paths: ["outside/x"] } }'), root), {
    code: 'DECLARATION_INVALID',
    message: /lanes\.a\.paths.*outside/,
  });
});

test('what is counted stands in the ledger of its scope, and classes in that of the workspace', () => {
  const said = rules(
    'classes: { agents: { most: 2 } }\nresources: { "license:x": 3, board: { amount: 1, scope: machine } }',
  );
  const workspace = countedCapacity(said, 'workspace');
  assert.deepEqual(Object.keys(workspace).toSorted(), ['class:agents', 'license:x']);
  assert.equal(workspace['class:agents']?.budget, 2);
  assert.deepEqual(Object.keys(countedCapacity(said, 'machine')), ['board']);
  const ofMachine = ['ram', 'gpu:0/vram', 'gpu/vram', 'disk:/', 'cpu', 'board'];
  for (const resource of ofMachine) assert.ok(isMachineResource(resource, said), resource);
  assert.equal(isMachineResource('license:x', said), false);
  assert.equal(isMachineResource('constructor', said), false);
});
