import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createHost } from '../../src/index.ts';
import { TestWorkspace } from '../capabilities/workspace.ts';
import { published } from './reference.ts';

const declaration = `monitor: nvidia
capabilities:
  - name: nvidia
    dialect: cjm
    environment: { kind: venv, ignoreRequiresPython: true, requirements: [${published.substrate}] }
    source: ${published.monitor}
`;

test('the published monitor of cjm-substrate measures in place of the built-in one, unmodified', async (t) => {
  const workspace = await TestWorkspace.with(t, {});
  await workspace.write({ 'capstan.yaml': declaration });
  const { capabilities } = await workspace.install();
  assert.deepEqual(
    capabilities.map(({ state }) => state),
    ['installed'],
  );
  await using host = await createHost({ root: workspace.root });
  let report = await host.resources();
  // Its start takes longer than a look waits.
  for (let left = 120; left > 0 && report.problems.length > 0; left -= 1) {
    // oxlint-disable-next-line no-await-in-loop -- until it answers
    await delay(500);
    // oxlint-disable-next-line no-await-in-loop
    report = await host.resources();
  }
  assert.deepEqual(report.problems, []);
  const ram = report.devices.find(({ resource }) => resource === 'ram');
  assert.equal(ram?.total, totalmem(), 'psutil knows no containers');
  assert.deepEqual(
    host.instances().map(({ instance, state }) => [instance, state]),
    [['nvidia', 'ready']],
  );
});
