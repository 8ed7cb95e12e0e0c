import { join } from 'node:path';
import { test } from 'node:test';
import { checks } from '../../protocol/conformance/suite.ts';

const here = import.meta.dirname;
const subject = {
  command: [process.execPath, join(here, '../src/main.ts')],
  module: join(here, 'conformance-capability.ts'),
  class: '',
  broken: join(here, 'conformance-broken.ts'),
};

for (const { name, run } of checks) test(`a Node worker ${name}`, () => run(subject));
