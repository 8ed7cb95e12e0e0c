import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Campaign } from './campaign.ts';
import { failuresOf, Report } from './report.ts';

/** A campaign in its small size, as a test: it passes when nothing was found, and its controls were. */
export function testSmall(campaign: Campaign): void {
  const why = campaign.impossible?.() ?? null;
  test(campaign.about, { skip: why ?? false, timeout: 600_000 }, async (t) => {
    const seed = Number(process.env['CAMPAIGN_SEED'] ?? 1);
    const folder = mkdtempSync(join(tmpdir(), `capstan-small-${campaign.name}-`));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const report = new Report();
    await campaign.run({ seed, size: 'small', folder, report, shard: 0, shards: 1 });
    const result = report.result({ campaign: campaign.name, seed, size: 'small' });
    t.diagnostic(`seed ${seed}: ${JSON.stringify(result.counts)}`);
    for (const reason of result.skipped) t.diagnostic(`not run: ${reason}`);
    const again = `CAMPAIGN_SEED=${seed} npm run test:processes -- campaigns/${campaign.name}`;
    assert.deepEqual(failuresOf(result), [], `to repeat it: ${again}`);
  });
}
