import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bounds } from './gate/bounds.ts';
import { type Bounds, runGate } from './gate/run-gate.ts';
import { installSubjects, type Subjects } from './subjects.ts';

/**
 * `npm run bench:gate [-- --only NAME]...`: is anything a good deal dearer than it was? Ratios of processor times, bounds
 * two to three times what they were, three tries: safe on a machine that others use too, and blind to small changes.
 * Ends with 1 where a bound is exceeded in three tries.
 */
const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true, default: [] } },
});
const unknown = values.only.find((name) => !Object.hasOwn(bounds, name));
if (unknown !== undefined) {
  console.error(`the gate holds no ${unknown}; it holds ${Object.keys(bounds).join(', ')}`);
  process.exitCode = 2;
} else if (existsSync('/proc/self/stat')) {
  process.exitCode = (await holdThose(values.only)) ? 0 : 1;
} else
  console.log('processor times of workers are read from /proc: nothing was held on this system');

async function holdThose(only: readonly string[]): Promise<boolean> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-gate-')));
  let installed: Promise<Subjects> | undefined;
  const place = () => ({
    folder: mkdtempSync(join(folder, 'of-')),
    worker: async (language: 'node' | 'python') =>
      (await (installed ??= installSubjects()))[language],
  });
  const asked: Bounds =
    only.length === 0
      ? bounds
      : Object.fromEntries(Object.entries(bounds).filter(([name]) => only.includes(name)));
  try {
    return await runGate(asked, place, (line) => console.log(line));
  } finally {
    const subjects = await installed?.catch(() => undefined);
    await subjects?.guard.close();
    if (subjects !== undefined) rmSync(subjects.folder, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}
