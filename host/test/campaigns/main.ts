import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { campaigns } from './index.ts';
import { failuresOf, Report } from './report.ts';

/**
 * Runs one campaign, or one shard of it, in this process:
 * `node host/test/campaigns/main.ts NAME [--size small|full] [--seed N] [--shard I/N] [--result FILE]`.
 * Prints `progress <done> <total>` lines. Exits with 1 when it is no proof.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: 'small' },
    seed: { type: 'string', default: '1' },
    shard: { type: 'string', default: '0/1' },
    result: { type: 'string' },
  },
});
const campaign = campaigns.find(({ name }) => name === positionals[0]);
if (campaign === undefined) {
  process.stderr.write(`one of ${campaigns.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
const [shard = 0, shards = 1] = values.shard.split('/').map(Number);
const size = values.size === 'full' ? 'full' : 'small';
const seed = Number(values.seed);
const report = new Report((done, total) => process.stdout.write(`progress ${done} ${total}\n`));
const folder = mkdtempSync(join(tmpdir(), `capstan-campaign-${campaign.name}-`));
mkdirSync(folder, { recursive: true });
try {
  const why = campaign.impossible?.() ?? null;
  if (why === null) await campaign.run({ seed, size, folder, report, shard, shards });
  else report.skip(why);
} catch (error) {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  report.violation('the campaign itself', what);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const result = report.result({ campaign: campaign.name, seed, size });
if (values.result === undefined) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
else writeFileSync(values.result, JSON.stringify(result));
process.exit(failuresOf(result).length === 0 ? 0 : 1);
