/**
 * Random steps on the pure kernel of the leases, each held against an oracle that knows every path, name and piece by
 * itself: `node bench/lease-model.ts --steps 100000000 --seed 1`. Ends with 1 when anything was wrong, so that
 * `--unfenced`, the control in which nobody asks before a write, has to end with 1.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Model } from '../host/test/kernel/leases/model.ts';
import { problemsIn } from '../host/test/kernel/leases/report.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    unfenced: { type: 'boolean', default: false },
  },
});
const steps = Number(values.steps);
const seed = Number(values.seed);
if (!Number.isSafeInteger(steps) || steps < 1 || !Number.isSafeInteger(seed)) {
  console.error('usage: node bench/lease-model.ts [--steps N] [--seed N] [--unfenced]');
  process.exit(2);
}

const model = new Model({ seed, unfenced: values.unfenced });
const from = performance.now();
const slice = Math.min(steps, 1_000_000);
let report = model.run(slice);
while (report.steps < steps) {
  if (report.steps % 5_000_000 === 0)
    console.error(`${report.steps} steps, ${perSecond()} a second`);
  report = model.run(Math.min(slice, steps - report.steps));
}
console.log(JSON.stringify({ seed, unfenced: values.unfenced, ...report }, null, 2));
console.log(`${report.steps} steps, ${perSecond()} a second`);
const problems = problemsIn(report);
console.log(Object.keys(problems).length === 0 ? 'nothing was wrong' : JSON.stringify(problems));
process.exitCode = Object.keys(problems).length === 0 ? 0 : 1;

function perSecond(): number {
  return Math.round((report.steps / (performance.now() - from)) * 1000);
}
