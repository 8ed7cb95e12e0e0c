import { join } from 'node:path';
import { test } from 'node:test';
import { checks } from '../conformance/suite.ts';

const worker = join(import.meta.dirname, '../../worker-python');
// The package is not installed here, and PYTHONPATH would not be passed on to a worker anyway.
const entry = `import sys; sys.path.insert(0, ${JSON.stringify(worker)}); import runpy; runpy.run_module('capstan_worker', run_name='__main__', alter_sys=True)`;
const subject = {
  command: ['python3', '-c', entry],
  module: join(worker, 'tests/conformance_capability.py'),
  class: '',
  broken: join(worker, 'tests/broken_on_purpose.py'),
};

for (const { name, run } of checks) test(`a Python worker ${name}`, () => run(subject));
