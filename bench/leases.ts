import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allFigures } from './leases/all-figures.ts';
import { inFolder } from './queue/bench-folder.ts';
import { type Figure, meetsBudget } from './queue/figure.ts';
import { asMarkdown, asText } from './queue/table.ts';

/**
 * What a lease costs, beside what it cannot do without:
 *
 *     node bench/leases.ts [--quick] [--only NAME]... [--against PYTHON] [--json] [--save]
 *
 * `--against` names a Python that has dos-kernel, which is then measured in turn with us. Quote the ratios.
 * `--save` writes `bench/results/<date>-leases.json` and `.md`. Exits with 1 when a budget is missed.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    against: { type: 'string' },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});

const [busy = 0] = loadavg();
const size = {
  rounds: values.quick ? 3 : 9,
  seconds: values.quick ? 2 : 6,
  ...(values.against !== undefined && { against: values.against }),
};
const names = values.only.length === 0 ? Object.keys(allFigures) : values.only;
const figures: Figure[] = [];
for (const name of names) {
  const measure = allFigures[name];
  if (measure === undefined) {
    console.error(`there is no figure ${name}; there are ${Object.keys(allFigures).join(', ')}`);
    process.exit(2);
  }
  console.error(`measuring ${name} …`);
  // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
  const found = await inFolder((folder) => measure(folder, size));
  console.error(asText(found));
  figures.push(...found);
}

const machine = {
  processors: cpus().length,
  model: cpus()[0]?.model.trim() ?? 'unknown',
  node: process.version,
  sqlite: process.versions.sqlite ?? 'unknown',
  /** Others that were at work meanwhile slow everything down: then only the ratios tell. */
  loadBefore: Number(busy.toFixed(1)),
};
const date = new Date().toISOString().slice(0, 10);
const document = { date, size: values.quick ? 'quick' : 'full', machine, figures };
console.log(values.json ? JSON.stringify(document, null, 2) : asText(figures));
if (values.save) save();
process.exitCode = figures.some((figure) => meetsBudget(figure) === false) ? 1 : 0;

function save(): void {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const name = join(folder, `${date}-leases`);
  writeFileSync(`${name}.json`, `${JSON.stringify(document, null, 2)}\n`);
  const { model, processors, node, sqlite, loadBefore } = machine;
  const head = `# The figures of a lease, ${date}\n\n${processors} × ${model}; Node ${node}, SQLite ${sqlite}; load ${loadBefore} when it began.`;
  const how =
    'Measured by `node bench/leases.ts --save`; each figure in turn with its floor, medians.';
  writeFileSync(`${name}.md`, `${head}\n${how}\n\n${asMarkdown(figures)}\n`);
}
