import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checks } from '../../../protocol/conformance/suite.ts';
import { copyNodeSdk, locateSdk } from '../../src/environments/sdk.ts';

/** The SDK as an environment has it: JavaScript, inside node_modules, joined into one file. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-')));
await copyNodeSdk(locateSdk(), join(folder, 'node_modules'));
const sdkTests = join(import.meta.dirname, '../../../worker-node/test');
for (const name of ['conformance-capability.ts', 'conformance-broken.ts']) {
  cpSync(join(sdkTests, name), join(folder, name));
}
after(() => rmSync(folder, { recursive: true }));

const subject = {
  command: [process.execPath, join(folder, 'node_modules/@capstan/worker/src/main.js')],
  module: join(folder, 'conformance-capability.ts'),
  class: '',
  broken: join(folder, 'conformance-broken.ts'),
};

for (const { name, run } of checks) test(`a joined Node worker ${name}`, () => run(subject));
