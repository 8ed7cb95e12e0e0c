import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allFigures } from './queue/all-figures.ts';
import { inFolder } from './queue/bench-folder.ts';
import { type Figure, meetsBudget } from './queue/figure.ts';
import { full, quick } from './queue/size.ts';
import { asMarkdown, asText } from './queue/table.ts';

/**
 * What durability costs, on a real disk, beside what it must cost:
 *
 *     node bench/queue.ts [--quick] [--only NAME]... [--json] [--save]
 *
 * Quote the ratios, and times only together with the fsync of the machine they come from, which stands
 * beside them. `--save` writes `bench/results/<date>-queue.json` and `.md`. Exits with 1 when a budget is missed.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});

const size = values.quick ? quick : full;
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
  figures.push(...(await inFolder((folder) => measure(folder, size))));
}

const machine = {
  processors: cpus().length,
  model: cpus()[0]?.model.trim() ?? 'unknown',
  node: process.version,
  sqlite: process.versions.sqlite ?? 'unknown',
};
const date = new Date().toISOString().slice(0, 10);
const document = { date, size: values.quick ? 'quick' : 'full', machine, figures };
console.log(values.json ? JSON.stringify(document, null, 2) : asText(figures));
if (values.save) save();
process.exitCode = figures.some((figure) => meetsBudget(figure) === false) ? 1 : 0;

function save(): void {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const name = join(folder, `${date}-queue`);
  writeFileSync(`${name}.json`, `${JSON.stringify(document, null, 2)}\n`);
  const { model, processors, node, sqlite } = machine;
  const head = `# The queue's figures, ${date}\n\n${processors} × ${model}; Node ${node}, SQLite ${sqlite}.`;
  const how =
    'Measured by `node bench/queue.ts --save`; each figure in turn with its floor, medians.';
  writeFileSync(`${name}.md`, `${head}\n${how}\n\n${asMarkdown(figures)}\n`);
}
