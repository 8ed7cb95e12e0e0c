import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { allFigures } from './leases/all-figures.ts';
import { inFolder } from './measure/folder.ts';
import type { Figure } from './queue/figure.ts';
import { asText } from './queue/table.ts';
import { report } from './report.ts';

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

report(
  {
    name: 'leases',
    title: 'The figures of a lease',
    how: 'Measured by `node bench/leases.ts --save`; each figure in turn with its floor, medians.',
    figures,
    sqlite: process.versions.sqlite ?? 'unknown',
    loadBefore: busy,
  },
  values,
);
