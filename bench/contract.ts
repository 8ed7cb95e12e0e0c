import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allFigures } from './contract/all-figures.ts';
import { referencePython, startReference } from './contract/reference.ts';
import { installSubjects } from './contract/subjects.ts';
import type { Figure } from './queue/figure.ts';
import { report } from './report.ts';

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
  await reference?.close();
  await subjects.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const beside = values.against === undefined ? 'as stated' : 'measured in turn, in the same run';
report(
  {
    name: 'contract',
    title: 'The figures of a call',
    how: `Measured by \`node bench/contract.ts --save\`; the reference (column \`floor\`) ${beside}. Medians.`,
    figures,
    loadBefore: busy,
  },
  values,
);
