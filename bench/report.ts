import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Figure, meetsBudget } from './queue/figure.ts';
import { asMarkdown, asText } from './queue/table.ts';

export interface Measured {
  /** `bench/<name>.ts` measured it, and `bench/results/<date>-<name>` keeps it. */
  name: string;
  /** Of the page, before its date. */
  title: string;
  /** How it was measured, for the page. */
  how: string;
  figures: readonly Figure[];
  sqlite?: string | undefined;
  /** Others that were at work meanwhile slow everything down: then only the ratios and processor times tell. */
  loadBefore?: number;
}

/** Prints what a bench has measured, keeps it where asked, and has the process end with 1 where a budget is missed. */
export function report(
  { name, title, how, figures, sqlite, loadBefore }: Measured,
  { quick, json, save }: { quick: boolean; json: boolean; save: boolean },
): void {
  const machine = {
    processors: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.version,
    ...(sqlite !== undefined && { sqlite }),
    ...(loadBefore !== undefined && { loadBefore: Number(loadBefore.toFixed(1)) }),
  };
  const date = new Date().toISOString().slice(0, 10);
  const document = { date, size: quick ? 'quick' : 'full', machine, figures };
  const text = JSON.stringify(document, null, 2);
  console.log(json ? text : asText(figures));
  process.exitCode = figures.some((figure) => meetsBudget(figure) === false) ? 1 : 0;
  if (!save) return;
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${date}-${name}`);
  writeFileSync(`${file}.json`, `${text}\n`);
  const programs = [`Node ${machine.node}`, ...(sqlite === undefined ? [] : [`SQLite ${sqlite}`])];
  const load = machine.loadBefore === undefined ? '' : `; load ${machine.loadBefore} when it began`;
  const head = `# ${title}, ${date}\n\n${machine.processors} × ${machine.model}; ${programs.join(', ')}${load}.`;
  writeFileSync(`${file}.md`, `${head}\n${how}\n\n${asMarkdown(figures)}\n`);
}
