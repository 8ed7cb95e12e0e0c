import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Campaign } from '../host/test/campaigns/campaign.ts';
import { campaigns } from '../host/test/campaigns/index.ts';
import { machine } from '../host/test/campaigns/machine.ts';
import { type CampaignResult, failuresOf, merged } from '../host/test/campaigns/report.ts';
import { writeReport } from '../host/test/campaigns/write-report.ts';

/**
 * Runs the campaigns, two processes at a time:
 * `npm run campaign -- [--only NAME[,NAME]] [--size small|full] [--seed N] [--out FOLDER] [--fresh]`.
 * Writes `<date>-campaign.json` and `.md` into the folder. A part that passed with the same sources, size and
 * seed is not run again, so that one failure does not waste the rest; `--fresh` runs it all the same.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    size: { type: 'string', default: 'full' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'bench/results' },
    fresh: { type: 'boolean', default: false },
  },
});
const size = values.size === 'small' ? 'small' : 'full';
const about = { size, seed: Number(values.seed), ...machine() };
const wanted = values.only?.split(',');
const unknown = wanted?.filter((name) => campaigns.every((campaign) => campaign.name !== name));
if (unknown !== undefined && unknown.length > 0) {
  console.error(
    `no campaign ${unknown.join(', ')}; there are ${campaigns.map((c) => c.name).join(', ')}`,
  );
  process.exit(2);
}
const chosen = campaigns.filter(({ name }) => wanted?.includes(name) ?? true);
const partsFolder = join(values.out, 'parts');
mkdirSync(partsFolder, { recursive: true });

interface Part {
  campaign: Campaign;
  label: string;
  shard: number;
  shards: number;
  file: string;
  child?: ChildProcess;
  done: number;
  total: number;
  startedMs: number;
  isOver: boolean;
}

const parts: Part[] = chosen.flatMap((campaign) => {
  const shards = size === 'full' ? campaign.shards : 1;
  return Array.from({ length: shards }, (_, shard) => {
    const label = shards === 1 ? campaign.name : `${campaign.name} ${shard + 1}/${shards}`;
    const key = `${campaign.name}-${shard + 1}-of-${shards}-${size}-${about.seed}-${about.sources}`;
    const file = join(partsFolder, `${key}.json`);
    return { campaign, label, shard, shards, file, done: 0, total: 0, startedMs: 0, isOver: false };
  });
});

async function runPart(part: Part): Promise<void> {
  part.startedMs = performance.now();
  const known = readPart(part);
  if (!values.fresh && known !== null && failuresOf(known).length === 0) {
    console.log(`${part.label}: passed before, ${known.seconds} s`);
  } else {
    await runAnew(part);
  }
  part.isOver = true;
}

async function runAnew(part: Part): Promise<void> {
  const program = 'host/test/campaigns/main.ts';
  const shard = ['--shard', `${part.shard}/${part.shards}`, '--result', part.file];
  const args = [program, part.campaign.name, '--size', size, '--seed', `${about.seed}`, ...shard];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  part.child = child;
  const exited = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    const [word, done, total] = line.split(' ');
    if (word === 'progress') [part.done, part.total] = [Number(done), Number(total)];
  }
  const [code, signal] = (await exited) as [number | null, string | null];
  const result = readPart(part);
  const failures = result === null ? [`it ended with ${signal ?? code}`] : failuresOf(result);
  console.log(
    `${part.label}: ${failures.length === 0 ? 'passed' : 'FAILED'}, ${result?.seconds} s`,
  );
  for (const failure of failures.slice(0, 5)) console.log(`  ${failure.slice(0, 500)}`);
  if (failures.length > 0) {
    const shardWord = part.shards > 1 ? ` --shard ${part.shard}/${part.shards}` : '';
    const what = `${part.campaign.name} --size ${size} --seed ${about.seed}${shardWord}`;
    console.log(`  to repeat it: node ${program} ${what}`);
  }
}

function readPart({ file }: Part): CampaignResult | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CampaignResult) : null;
}

function tellProgress(): void {
  const texts = parts
    .filter((part) => part.child !== undefined && !part.isOver)
    .map(({ label, done, total, startedMs }) => {
      if (done === 0) return `${label}: begun`;
      const leftS = ((performance.now() - startedMs) / 1_000 / done) * (total - done);
      return `${label}: ${done}/${total}, ${Math.ceil(leftS / 60)} min left`;
    });
  if (texts.length > 0) console.log(texts.join('; '));
}

const waiting = [...parts];
async function lane(): Promise<void> {
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    // oxlint-disable-next-line no-await-in-loop -- a lane does one thing after the other
    await runPart(part);
  }
}

process.on('SIGINT', () => {
  for (const { child } of parts) child?.kill('SIGKILL');
  process.exit(130);
});
const over = new AbortController();
const telling = (async () => {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- every so often
    await pause(15_000, undefined, { signal: over.signal });
    tellProgress();
  }
})().catch(() => {});
console.log(`${parts.length} parts, seed ${about.seed}, ${size} size, two at a time`);
await Promise.all([lane(), lane()]);
over.abort();
await telling;

const results = chosen.map((campaign) => ({
  campaign,
  result: mergedOf(parts.filter((part) => part.campaign === campaign)),
}));
const isWhole = wanted === undefined;
const { path, isPassed } = writeReport(values.out, about, results, isWhole);
console.log(`${isPassed ? 'all campaigns passed' : 'NOT ALL CAMPAIGNS PASSED'}: ${path}`);
process.exit(isPassed ? 0 : 1);

function mergedOf(its: readonly Part[]): CampaignResult {
  return merged(its.map((part) => readPart(part) ?? lost(part)));
}

/** A part that left no result has found the worst. */
function lost({ campaign, label }: Part): CampaignResult {
  return {
    campaign: campaign.name,
    seed: about.seed,
    size,
    counts: {},
    samples: {},
    violations: [{ promise: 'the campaign itself', message: `${label} left no result` }],
    controls: {},
    skipped: [],
    seconds: 0,
  };
}
