import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allFigures } from './contract/all-figures.ts';
import { referencePython, startReference } from './contract/reference.ts';
import { installSubjects } from './contract/subjects.ts';
import { type Figure, meetsBudget } from './queue/figure.ts';
import { asMarkdown, asText } from './queue/table.ts';

/**
 * What a call through a worker costs, of both SDKs:
 *
 *     node bench/contract.ts [--quick] [--only NAME]... [--against PYTHON|reference] [--json] [--save]
 *
 * `--against` measures the published reference beside it in the same run: `reference` installs it into a
 * temporary environment, a path names a Python that has it. Its figures stand in the column `floor`. Quote
 * the ratios. `--save` writes `bench/results/<date>-contract.json` and `.md`. Exits with 1 when a budget is missed.
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
const names = values.only.length === 0 ? Object.keys(allFigures) : values.only;
const unknown = names.find((name) => !Object.hasOwn(allFigures, name));
if (unknown !== undefined) {
  console.error(`there is no figure ${unknown}; there are ${Object.keys(allFigures).join(', ')}`);
  process.exit(2);
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-contract-')));
const figures: Figure[] = [];
try {
  const { against } = values;
  const reference =
    against === undefined ? undefined : startReference(referencePython(folder, against));
  const subjects = await installSubjects(folder);
  const rounds = values.quick ? 3 : 7;
  for (const name of names) {
    console.error(`measuring ${name} …`);
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    figures.push(...((await allFigures[name]?.({ subjects, reference, rounds })) ?? []));
  }
  reference?.close();
  await subjects.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const machine = {
  processors: cpus().length,
  model: cpus()[0]?.model.trim() ?? 'unknown',
  node: process.version,
  /** Others that were at work meanwhile slow everything down: then only the ratios and processor times tell. */
  loadBefore: Number(busy.toFixed(1)),
};
const date = new Date().toISOString().slice(0, 10);
const document = { date, size: values.quick ? 'quick' : 'full', machine, figures };
console.log(values.json ? JSON.stringify(document, null, 2) : asText(figures));
if (values.save) save();
process.exitCode = figures.some((figure) => meetsBudget(figure) === false) ? 1 : 0;

function save(): void {
  const results = join(import.meta.dirname, 'results');
  mkdirSync(results, { recursive: true });
  const name = join(results, `${date}-contract`);
  writeFileSync(`${name}.json`, `${JSON.stringify(document, null, 2)}\n`);
  const { model, processors, node, loadBefore } = machine;
  const head = `# The figures of a call, ${date}\n\n${processors} × ${model}; Node ${node}; load ${loadBefore} when it began.`;
  const beside = values.against === undefined ? 'as stated' : 'measured in turn, in the same run';
  const how = `Measured by \`node bench/contract.ts --save\`; the reference (column \`floor\`) ${beside}. Medians.`;
  writeFileSync(`${name}.md`, `${head}\n${how}\n\n${asMarkdown(figures)}\n`);
}
