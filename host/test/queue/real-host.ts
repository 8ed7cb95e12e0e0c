import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ActionDescription, JsonObject, JsonSchema } from '@capstan/protocol';
import { type InstalledCapability, parseDeclarations } from '../../src/capabilities/index.ts';
import { openHost } from '../../src/host.ts';
import type { Host } from '../../src/host-surface.ts';
import { InstalledCatalog } from '../../src/installed-catalog.ts';
import { isJournaled } from '../../src/queue/index.ts';
import { Guard } from '../../src/workers/index.ts';
import { installedFixture } from '../instances/world.ts';

const action = (input: JsonSchema = {}, effects: ActionDescription['effects'] = 'idempotent') => ({
  description: '',
  effects,
  input,
  output: null,
});

/** What the fixtures of workers do, as their manifests would say it. */
const tools: { [name: string]: Pick<InstalledCapability, 'actions' | 'slots'> } = {
  'well-behaved': {
    slots: 2,
    actions: {
      echo: action({
        type: 'object',
        properties: {
          value: { $ref: '#/$defs/any' },
          rate: { type: 'integer', minimum: 1 },
          file: { $ref: 'capstan:file' },
          language: { type: 'string', enum: ['en', 'de'] },
        },
        required: ['value'],
        additionalProperties: false,
        $defs: { any: {} },
      }),
      wait: action(),
      headers: action(),
      describe: action(),
      write: action(),
    },
  },
  'ignores-cancel': { slots: 2, actions: { ignore: action(), finish: action(), echo: action() } },
  'crashes-in-call': { slots: 1, actions: { SIGKILL: action(), SIGSEGV: action({}, 'unsafe') } },
  'slow-start': { slots: 1, actions: { echo: action() } },
  'dies-on-start': { slots: 4, actions: { echo: action() } },
  'grows-a-tree': { slots: 1, actions: { grow: action() } },
  'answers-a-cancel': {
    slots: 1,
    actions: { 'raises-anything': action(), returns: action() },
  },
  'fails-twice': { slots: 1, actions: { try: action() } },
  'accounts-a-lot': { slots: 1, actions: { account: action() } },
};

export interface RealHost {
  host: Host;
  root: string;
  /** Types of the journaled events of a job, with what tells two of a kind apart. */
  told: (jobId: string) => string[];
  /** Resolves when an event of this type (and, for progress, with this message) has been told of a job. */
  until: (jobId: string, type: string) => Promise<void>;
  submit: (capability: string, action: string, more?: JsonObject) => Promise<string>;
}

/**
 * A host of a workspace whose capabilities are the fixtures of workers, opened again when `root` is given;
 * somebody has taken the one that is `missing` out of its declaration.
 */
export async function realHost(
  t: TestContext,
  root = temporaryRoot(t),
  missing?: string,
): Promise<RealHost> {
  const there = Object.entries(tools).filter(([name]) => name !== missing);
  const env = { HOME: root, XDG_DATA_HOME: join(root, 'xdg'), XDG_RUNTIME_DIR: shortFolder(t) };
  const guard = new Guard({ hostId: 'fixture', workspace: 'fixture' });
  await guard.close();
  const around = { guard, runtimeDir: env.XDG_RUNTIME_DIR };
  const installed = new Map(
    there.map(([name, what]) => [
      name,
      { ...installedFixture(name, around, join(root, '.capstan', 'data')), ...what },
    ]),
  );
  const capabilities = there.map(([name]) => ({ name, instances: [] }));
  const file = join(root, 'capstan.yaml');
  const { capabilities: _, ...rules } = parseDeclarations('capabilities: []', file);
  const workspace = { ...rules, root, file, capabilities } as never;
  const host = await openHost({
    root,
    env,
    catalog: new InstalledCatalog(workspace, installed, []),
  });
  hostsOf.set(root, [...(hostsOf.get(root) ?? []), host]);
  return { host, root, ...dealings(host) };
}

function dealings(host: Host): Pick<RealHost, 'told' | 'until' | 'submit'> {
  const heard: { jobId: string; type: string }[] = [];
  const listeners = new Set<() => void>();
  host.subscribe((event) => {
    if (event.jobId === undefined) return;
    const to = isJournaled(event) ? event.payload['to'] : undefined;
    const type = to === undefined ? event.type : `${event.type} ${String(to)}`;
    heard.push({ jobId: event.jobId, type });
    for (const look of listeners) look();
  });
  const live = ['progress', 'phase', 'resources'];
  const told = (jobId: string) =>
    heard.filter((one) => one.jobId === jobId && !live.includes(one.type)).map(({ type }) => type);
  const until = async (jobId: string, type: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (heard.some((one) => one.jobId === jobId && one.type === type)) resolve();
    };
    listeners.add(look);
    look();
    await promise;
    listeners.delete(look);
  };
  const submit = async (capability: string, name: string, more: JsonObject = {}) => {
    const [job] = await host.submit([{ capability, action: name, ...more }]);
    if (job === undefined) throw new Error('a submitted job is answered with its row');
    return job.jobId;
  };
  return { told, until, submit };
}

/** Those that were opened on each root, to be closed before it is removed. */
const hostsOf = new Map<string, Host[]>();

export function temporaryRoot(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'capstan-host-'));
  t.after(async () => {
    await Promise.all((hostsOf.get(root) ?? []).map((host) => host.close()));
    rmSync(root, { recursive: true, force: true });
  });
  writeFileSync(join(root, 'capstan.yaml'), 'capabilities: []\n');
  return root;
}

/** For sockets, whose paths have to be short. */
function shortFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cap-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
