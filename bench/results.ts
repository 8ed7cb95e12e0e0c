import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Figure, SideName } from './measure/figure.ts';
import type { Told } from './systems/index.ts';

/** `<date>.json`: every figure with the run it comes from, so that one measured alone later takes its place. */
export interface Results {
  version: 1;
  runs: readonly Run[];
  figures: readonly MeasuredFigure[];
}

export interface MeasuredFigure extends Figure {
  topic: string;
  /** The id of its run. */
  run: string;
  /** How busy the machine was when its topic began: processes that wanted to run, of the last minute. */
  load: number;
}

/** One command that measured. */
export interface Run {
  /** When it began, as an ISO time. */
  id: string;
  command: string;
  size: string;
  seconds: number;
  commit: string;
  /** Whether files differed from that commit. */
  dirty: boolean;
  machine: {
    processors: number;
    model: string;
    memoryGb: number;
    kernel: string;
    node: string;
    sqlite: string;
    python: string;
  };
  /** What each topic took, and what went wrong in those that did not end. */
  topics: { readonly [name: string]: { seconds: number; failed?: string } };
  systems: { readonly [side in SideName]?: Told };
}

export const empty: Results = { version: 1, runs: [], figures: [] };

/** Figures measured again take the place of the older ones; runs that no figure comes from any more go. */
export function merge(before: Results, run: Run, figures: readonly MeasuredFigure[]): Results {
  const again = new Set(figures.map(({ id }) => id));
  const all = [...before.figures.filter(({ id }) => !again.has(id)), ...figures];
  const named = new Set(all.map((figure) => figure.run));
  const runs = before.runs.filter(({ id }) => id !== run.id && named.has(id));
  return { version: 1, runs: [...runs, run], figures: all };
}

/** The document of the latest day that has one. */
export function latestResults(folder: string): { path: string; results: Results } | null {
  if (!existsSync(folder)) return null;
  const name = readdirSync(folder)
    .filter((file) => /^\d{4}-\d\d-\d\d\.json$/.test(file))
    .toSorted()
    .at(-1);
  if (name === undefined) return null;
  const path = join(folder, name);
  return { path, results: JSON.parse(readFileSync(path, 'utf8')) as Results };
}

/** Whole or not at all: a run that is killed leaves the document of the topic before. */
export function writeWhole(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}

export const currentLoad = (): number => Number((loadavg()[0] ?? 0).toFixed(2));

/** Which code is measured. */
export function codeOf(root: string): { commit: string; dirty: boolean } {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    const changed = git(
      'status',
      '--porcelain',
      '--',
      '.',
      ':!bench/results',
      ':!bench/RESULTS.md',
    );
    return { commit: git('rev-parse', '--short=12', 'HEAD'), dirty: changed !== '' };
  } catch {
    return { commit: 'unknown', dirty: false };
  }
}

export function thisMachine(): Run['machine'] {
  const [processor] = cpus();
  return {
    processors: cpus().length,
    model: processor?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    sqlite: process.versions.sqlite ?? 'unknown',
    python: pythonVersion(),
  };
}

function pythonVersion(): string {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return 'none';
  }
}
