import { globSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Results, writeWhole } from '../results.ts';
import { topics } from '../topics.ts';
import { missed } from './missed.ts';
import { pageOf } from './page.ts';
import { promises } from './promises.ts';

const plotFolder = 'results/plots';

/** Writes `RESULTS.md` and its plots into a folder. The answer is what somebody has to mend. */
export function writePage(folder: string, results: Results): readonly string[] {
  const page = pageOf(results, { promises, missed, topics, plotFolder });
  const plots = join(folder, plotFolder);
  for (const name of globSync('*.svg', { cwd: plots })) rmSync(join(plots, name));
  for (const [name, svg] of Object.entries(page.plots)) writeWhole(join(plots, name), svg);
  const path = join(folder, 'RESULTS.md');
  writeWhole(path, page.markdown);
  console.error(`${relative(process.cwd(), path)} is written`);
  for (const text of [...page.problems, ...page.remarks]) console.error(`! ${text}`);
  return page.problems;
}
