import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { javascriptOf, locateSdk, sdkIdentity } from '../../src/environments/sdk.ts';

test('the SDKs are where the repository keeps them', () => {
  const sdk = locateSdk();
  assert.ok(existsSync(join(sdk.python, '__main__.py')));
  assert.ok(existsSync(join(sdk.nodeWorker, 'package.json')));
  assert.ok(existsSync(join(sdk.nodeProtocol, 'package.json')));
  assert.ok(existsSync(sdk.nodeMain));
});

test('a copied SDK has no types left and imports the JavaScript beside it', () => {
  const source = [
    "import type { A } from './a.ts';",
    "import { b } from './b.ts';",
    "export * from '../c/d.ts';",
    "const e = await import('./e.ts');",
    "const text = 'see ./b.ts';",
    'export const x: number = b;',
  ].join('\n');
  const javascript = javascriptOf(source);
  assert.doesNotMatch(javascript, /import type|: number/);
  assert.match(javascript, /import \{ b \} from '\.\/b\.js';/);
  assert.match(javascript, /from '\.\.\/c\/d\.js'/);
  assert.match(javascript, /import\('\.\/e\.js'\)/);
  assert.match(javascript, /'see \.\/b\.ts'/);
});

test('an SDK is identified by its content', async () => {
  const sdk = locateSdk();
  const [python, node] = await Promise.all([sdkIdentity('python', sdk), sdkIdentity('node', sdk)]);
  assert.match(python.version, /^\d+\.\d+\.\d+$/);
  assert.match(node.sha256, /^[0-9a-f]{64}$/);
  assert.notEqual(python.sha256, node.sha256);
});
