import type { Json, JsonObject } from '@capstan/protocol';
import {
  environmentChange,
  type InstalledCapability,
  ownSdk,
  sdkSkew,
} from '../capabilities/index.ts';
import type { LiveWorker } from '../workers/index.ts';

/** Something about an instance that is no reason not to use it and that nobody should have to find out. */
export interface Notice {
  eventType: 'version_skewed' | 'environment_changed' | 'adapter_left_out';
  /** What is the matter, with what to type: one line. */
  text: string;
  payload: JsonObject;
}

/**
 * What there is to say about a worker when it starts: it was built for another version of Capstan, somebody
 * changed its environment since, or an adapter that fits all the same failed.
 */
export async function noticesOf(
  worker: LiveWorker,
  capability: InstalledCapability,
): Promise<Notice[]> {
  const asked = worker.ask('GET', '/health', undefined, { timeoutMs: patienceMs });
  const health = asked.then(({ kind, ...answer }) =>
    kind === 'result' && 'value' in answer ? asObject(answer.value) : {},
  );
  const [skew, change, left] = await Promise.all([
    skewOf(worker, capability, health),
    changeOf(capability),
    leftOut(capability, health),
  ]);
  return [skew, change, ...left].filter((one) => one !== null);
}

/** A worker that is asked right after its start has other things to do than to hurry. */
const patienceMs = 5_000;

async function skewOf(
  worker: LiveWorker,
  { name, manifest: { capstan } }: InstalledCapability,
  health: Promise<JsonObject>,
): Promise<Notice | null> {
  if (capstan === null || worker.dialect !== 'capstan') return null;
  const { kind } = capstan.environment;
  const { version: said } = asObject((await health)['sdk']);
  // a command's worker runs the SDK of this host, whatever there was when it was installed
  const sha256 = kind === 'command' ? null : capstan.sdk.sha256;
  const running = { version: typeof said === 'string' ? said : capstan.sdk.version, sha256 };
  const own = await ownSdk(kind);
  // what it was installed with counts as well: a host that looks at the record has to say the same
  const skew = sdkSkew(running, own) ?? sdkSkew({ ...capstan.sdk, sha256 }, own);
  if (skew === null) return null;
  const repair = `capstan install ${name}`;
  const message = `${name} ${skew}`;
  return {
    eventType: 'version_skewed',
    text: `${message}; run \`${repair}\``,
    payload: { running: running.version, host: own.version, message, hint: `Run: ${repair}` },
  };
}

/** Adapters are bound where somebody can only log what went wrong; here it is told. */
async function leftOut(
  { name, offered, adapters }: InstalledCapability,
  health: Promise<JsonObject>,
): Promise<Notice[]> {
  const { tasks: bound } = await health;
  if (!Array.isArray(bound)) return [];
  return offered
    .filter(({ spec, task }) => adapters.includes(spec) && !bound.includes(task))
    .map(({ name: adapter, task, spec }) => {
      const message = `${name} serves without the task ${task}: its adapter ${adapter} failed`;
      const hint = 'The log says why: capstan logs';
      return {
        eventType: 'adapter_left_out',
        text: `${message}; \`capstan logs\` says why`,
        payload: { spec, task, message, hint },
      };
    });
}

const asObject = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

async function changeOf({ manifest }: InstalledCapability): Promise<Notice | null> {
  const change = await environmentChange(manifest);
  if (change === null) return null;
  const { environment, changes, message, repair } = change;
  return {
    eventType: 'environment_changed',
    text: `${message}; run \`${repair}\``,
    payload: { environment, changes: changes.slice(0, 50), message, hint: `Run: ${repair}` },
  };
}

/** What may be the reason that a worker did not start, for its diagnosis, each with the command to type. */
export async function suspicions({ name, manifest }: InstalledCapability): Promise<string[]> {
  const { capstan } = manifest;
  if (capstan === null) return [];
  const change = await environmentChange(manifest);
  const skew =
    capstan.environment.kind === 'command'
      ? null
      : sdkSkew(capstan.sdk, await ownSdk(capstan.environment.kind));
  return [
    ...(change === null ? [] : [`changed: ${change.message}; run \`${change.repair}\``]),
    ...(skew === null ? [] : [`versions: ${name} ${skew}; run \`capstan install ${name}\``]),
  ];
}
