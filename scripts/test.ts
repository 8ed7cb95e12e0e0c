import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

/**
 * Runs one tier of the tests: `fast` (pure and in-memory), `processes`, or `environments` (package
 * managers, browsers). A file's name says its tier: `*.test.ts`, `*.process.test.ts`, `*.env.test.ts`.
 */
const tier = process.argv[2];
const filters = process.argv.slice(3);
const roots = '{protocol,worker-node,host,examples,bench,test}';
const all = globSync(`${roots}/**/*.test.ts`, { exclude: (path) => path.includes('node_modules') });
const tierOf = (file: string) =>
  file.endsWith('.process.test.ts')
    ? 'processes'
    : file.endsWith('.env.test.ts')
      ? 'environments'
      : 'fast';
const files = all
  .filter((file) => tierOf(file) === tier)
  .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
  .toSorted();
if (files.length === 0) {
  process.stderr.write(`no tests: "${tier}" is not one of fast, processes, environments\n`);
  process.exit(2);
}
// A test that waits for ever is a failure with a name, and not a run that never ends.
const limits = ['--test-concurrency=2', '--test-timeout=600000'];
const run = spawnSync(process.execPath, ['--test', ...limits, ...files], {
  stdio: 'inherit',
  // Every test file is a process of its own; without a shared cache each would strip the same types again.
  env: { NODE_COMPILE_CACHE: 'node_modules/.cache/compiled', ...process.env },
});
process.exit(run.status ?? 1);
