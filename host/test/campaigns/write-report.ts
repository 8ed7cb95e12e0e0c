import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Campaign } from './campaign.ts';
import type { Machine } from './machine.ts';
import { type CampaignResult, failuresOf, figureOf } from './report.ts';

interface Run {
  campaign: Campaign;
  result: CampaignResult;
}
type About = Machine & { size: string; seed: number };

/** Writes what all campaigns found, for machines and for people. */
export function writeReport(
  folder: string,
  about: About,
  runs: readonly Run[],
  isWhole: boolean,
): { path: string; isPassed: boolean } {
  mkdirSync(folder, { recursive: true });
  const name = `${about.date}-campaign${isWhole ? '' : '-part'}`;
  const isPassed = runs.every(({ result }) => failuresOf(result).length === 0);
  const campaigns = runs.map(({ campaign, result: { samples, ...rest } }) => ({
    ...rest,
    verdict: verdictOf(rest),
    promises: campaign.promises,
    figures: figuresOf(samples),
  }));
  writeFileSync(
    join(folder, `${name}.json`),
    `${JSON.stringify({ ...about, isPassed, campaigns }, null, 2)}\n`,
  );
  const path = join(folder, `${name}.md`);
  writeFileSync(path, markdown(about, runs, isPassed));
  return { path, isPassed };
}

const figuresOf = (samples: CampaignResult['samples']) =>
  Object.fromEntries(Object.entries(samples).map(([what, values]) => [what, figureOf(values)]));

type Judged = Pick<CampaignResult, 'violations' | 'controls' | 'skipped' | 'counts'>;

function verdictOf(result: Judged): 'kept' | 'BROKEN' | 'not run' {
  if (failuresOf(result as CampaignResult).length > 0) return 'BROKEN';
  return Object.keys(result.counts).length === 0 && result.skipped.length > 0 ? 'not run' : 'kept';
}

function markdown(about: About, runs: readonly Run[], isPassed: boolean): string {
  return [
    `# Campaigns of ${about.date}: ${isPassed ? 'every promise kept' : 'NOT EVERY PROMISE KEPT'}`,
    '',
    `${about.size} size, seed ${about.seed}, commit ${about.commit}. ${about.cores} cores of ${about.cpu}, ` +
      `${about.memoryGiB} GiB, ${about.kernel}, Node ${about.node.slice(1)}, SQLite ${about.sqlite}.`,
    '',
    `Repeat it: \`npm run campaign -- --size ${about.size} --seed ${about.seed} --fresh\`.`,
    ...runs.flatMap(section),
    '',
  ].join('\n');
}

function section({ campaign, result }: Run): string[] {
  const counts = Object.entries(result.counts);
  const figures = Object.entries(figuresOf(result.samples));
  const controls = Object.entries(result.controls);
  return [
    '',
    `## ${campaign.name}: ${verdictOf(result)}`,
    '',
    `${campaign.about} ${Math.round(result.seconds)} s.`,
    '',
    ...Object.entries(campaign.promises).map(([name, text]) => {
      const broken = result.counts[`violations of "${name}"`] ?? 0;
      return `- ${broken === 0 ? 'kept' : `**broken ${broken} times**`}: ${text}`;
    }),
    ...table(
      ['counted', ''],
      counts.map(([what, n]) => [what, n.toLocaleString('en')]),
    ),
    ...table(
      ['measured', 'n', 'median', 'p99', 'max'],
      figures.map(([what, { n, median, p99, max }]) => [what, n, median, p99, max].map(String)),
    ),
    ...table(
      ['control', 'caught by'],
      controls.map(([name, { caught, by }]) => [
        name,
        caught ? short(by) : `**NOT CAUGHT**: ${by}`,
      ]),
    ),
    ...result.skipped.flatMap((reason) => ['', `Not run here: ${reason}.`]),
    ...failuresOf(result).flatMap((failure) => ['', `**Failed:** ${short(failure)}`]),
  ];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return ['', line(heads), line(heads.map(() => '---')), ...rows.map(line)];
}

const short = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
  return line.length > 200 ? `${line.slice(0, 200)} …` : line;
};
