import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseComposition } from '../../src/compositions/index.ts';
import { realHost } from '../queue/real-host.ts';

const text = (last: string): string =>
  `name: two
nodes:
  first: { use: well-behaved, action: echo, with: { value: 1 } }
  last: { use: well-behaved, ${last}, needs: [first] }
outputs: { last: "\${{ nodes.last.output }}" }
`;
const endless = parseComposition(text('action: wait'), 'two.yaml');
const mended = parseComposition(text('action: echo, with: { value: 2 }'), 'two.yaml');

test('a run whose tool is gone after a crash fails and says so, and is retried when it is back', async (t) => {
  const first = await realHost(t);
  const { runId } = await first.host.runComposition(endless, {}, { cwd: first.root });
  const last = await new Promise<string>((resolve) => {
    first.host.subscribe((event) => {
      if (event.type === 'job_started' && 'nodeId' in event && event.nodeId === 'last') {
        resolve(event.jobId ?? '');
      }
    });
  });
  await first.until(last, 'job_started');
  await first.host.close();

  const without = await realHost(t, first.root, 'well-behaved');
  const failed = await without.host.finished(runId);
  assert.equal(failed.state, 'failed');
  assert.equal(failed.nodes['first']?.state, 'completed');
  assert.equal(failed.nodes['last']?.error?.code, 'CAPABILITY_NOT_FOUND');
  assert.match(failed.error?.message ?? '', /node last failed: .*well-behaved/);
  await assert.rejects(without.host.retryRun(runId), {
    code: 'COMPOSITION_INVALID',
    message: /unknown capability "well-behaved"/,
  });
  await without.host.close();

  const again = await realHost(t, first.root);
  const retried = await again.host.retryRun(runId, { definition: mended });
  assert.deepEqual(retried.reused, ['first']);
  const report = await again.host.finished(retried.runId);
  assert.equal(report.state, 'completed');
  assert.equal(report.nodes['first']?.job, failed.nodes['first']?.job);
});
