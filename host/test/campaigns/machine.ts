import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  sqlite: string;
  commit: string;
  /** Says which sources were run, committed or not. */
  sources: string;
}

/** Where a campaign was run, and of what. */
export function machine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${process.platform} ${release()}`,
    node: process.version,
    sqlite: process.versions.sqlite ?? 'unknown',
    commit: git('rev-parse', '--short', 'HEAD') || 'unknown',
    sources: sourcesHash(),
  };
}

const git = (...args: string[]): string =>
  spawnSync('git', args, { encoding: 'utf8' }).stdout?.trim() ?? '';

function sourcesHash(): string {
  const hash = createHash('sha256');
  const files = globSync(
    '{host/src,host/test/campaigns,protocol/src}/**/*.{ts,mjs,c,py}',
  ).toSorted();
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}
