import { parseArgs } from 'node:util';
import { allFigures } from './queue/all-figures.ts';
import { inFolder } from './measure/folder.ts';
import type { Figure } from './queue/figure.ts';
import { full, quick } from './queue/size.ts';
import { report } from './report.ts';

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

report(
  {
    name: 'queue',
    title: "The queue's figures",
    how: 'Measured by `node bench/queue.ts --save`; each figure in turn with its floor, medians.',
    figures,
    sqlite: process.versions.sqlite ?? 'unknown',
  },
  values,
);
