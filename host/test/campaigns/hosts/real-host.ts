import type { JsonObject } from '@capstan/protocol';
import { composition } from '../../../src/declared.ts';
import { openHost } from '../../../src/host.ts';
import { workspacePaths } from '../../../src/paths.ts';
import type { JobSpec } from '../../../src/stores/index.ts';
import { Random } from '../random.ts';
import { type Door, load, say } from './load.ts';
import { ordersGiven } from './orders.ts';
import { toolCatalog, toolNames } from './tools.ts';

/** The whole host, with real workers that leave children behind. */

const orders = ordersGiven();
const paths = workspacePaths(orders.root);
const catalog = toolCatalog(paths, orders.effectsLog);
let isFirst = true;
const unsafeInDoubt = new Set<string>();
say('opening');
const host = await openHost({
  root: orders.root,
  env: { ...process.env, XDG_RUNTIME_DIR: `${orders.root}/run` },
  catalog,
  onEvent: (event) => {
    if (event.type === 'job_started' && isFirst) {
      isFirst = false;
      say('first', performance.now());
    }
  },
});
for (const jobId of host.recovered.needsDecision) unsafeInDoubt.add(jobId);
say('ready', performance.now());

const door: Door = {
  submit: async (spec) => {
    const [job] = await host.submit([request(spec)]);
    return job?.jobId ?? '';
  },
  run: async (n, random) => {
    const { runId } = await host.runComposition(
      diamond(n, random),
      {},
      { cwd: orders.root, fresh: true },
    );
    return runId;
  },
  cancel: async (id) => {
    await host.cancel(id, 'campaign');
  },
  decide: async (jobId, decision) => {
    unsafeInDoubt.delete(jobId);
    await host.decide(jobId, decision, 'campaign');
  },
  inDoubt: () => [...unsafeInDoubt],
  more: [
    async (random, ids) => {
      const jobId = random.pick(ids.filter((id) => id.startsWith('job_')));
      if (jobId !== undefined) await host.reorder(jobId, { to: random.pick(['first', 'last']) });
    },
    (random) => host.setEnabled(random.pick(toolNames), random.chance(0.9), 'campaign'),
  ],
};

if (orders.mode === 'load') {
  await load(door, orders);
  say('content');
}
if (orders.mode === 'finish') {
  await Promise.all(toolNames.map((name) => host.setEnabled(name, true, 'campaign')));
  await host.idle();
  await host.close();
  say('finished');
  process.exit(0);
}

/** The same wish, in the words of a user: what its effects are is for the tool to say. */
function request({ input, effects: _, capability, ...rest }: JobSpec) {
  const use = toolNames[capability === 'tool-0' ? 0 : 1];
  return { ...rest, capability: use, action: actionOf(input), input };
}

/** Some of the harmless wishes are for the tool's worst manners. */
function actionOf({ kind, ms, deaf }: JsonObject): string {
  if (deaf === true) return 'deaf';
  if (kind === 'unsafe') return 'unsafe';
  if (ms === 3) return 'tree';
  if (ms === 4) return 'file';
  return ms === 5 ? 'deaf' : String(kind);
}

function diamond(n: number, random: Random) {
  const made = composition(`diamond-${n}`, { failFast: random.chance(0.5) });
  const node = (id: string, needs: string[]) => {
    const kind = random.pick(['pure', 'idempotent', 'unsafe', 'tree', 'file', 'deaf']);
    const isPlain = kind === 'pure' || kind === 'idempotent' || kind === 'unsafe';
    made.node(id, {
      use: random.pick(toolNames),
      action: kind,
      needs,
      with: { label: id, kind: isPlain ? kind : 'idempotent', ms: random.below(6) },
    });
  };
  node('a', []);
  for (const id of ['b', 'c']) node(id, ['a']);
  node('d', ['b', 'c']);
  return made.build();
}
