import { HostError } from '../errors.ts';
import type { Context } from './context.ts';
import type { AdapterManifest, Declared, Manifest, MatchVerdict } from './runtime.ts';
import { plain } from './terminal/plain.ts';
import { requireWorkspace } from './workspace.ts';

/** A capability and an adapter held against each other. */
export interface Match {
  capability: string;
  adapter: string;
  task: string;
  /** A worker of the capability binds it, unless an instance says otherwise. */
  bound: boolean;
  /** Its code is in the capability's environment. */
  here: boolean;
  verdict: MatchVerdict;
}

export interface Recorded {
  root: string;
  runtime: Declared;
  adapters: AdapterManifest[];
  capabilities: Manifest[];
  /** What of it could not be read. */
  problems: string[];
}

/** Every adapter and every capability that was recorded; what cannot be read is said. */
export async function readRecorded(context: Context): Promise<Recorded> {
  const root = requireWorkspace(context);
  const runtime = await context.doors.declared();
  const workspace = await runtime.readWorkspace(root);
  const { manifestsDir } = runtime.workspacePaths(root);
  const [{ adapters, problems }, found] = await Promise.all([
    runtime.readAdapterManifests(manifestsDir),
    runtime.readManifests(manifestsDir),
  ]);
  const unreadable = [...problems, ...found.problems].map(({ message }) => message);
  for (const message of unreadable) context.say(context.talkStyle.yellow(plain(message)));
  // in the order of capstan.yaml, then those that it does not declare any more
  const order = workspace.capabilities.map(({ name }) => name);
  const place = ({ code }: Manifest): number => order.indexOf(code.name) + 1 || order.length + 1;
  const capabilities = found.manifests.toSorted((a, b) => place(a) - place(b));
  return { root, runtime, adapters, capabilities, problems: unreadable };
}

export function matchOf(runtime: Declared, capability: Manifest, adapter: AdapterManifest): Match {
  const bound = capability.capstan?.adapters.some(({ spec }) => spec === adapter.capstan?.spec);
  const here = runtime.sharesEnvironment(capability, adapter);
  return {
    capability: capability.code.name,
    adapter: adapter.name,
    task: adapter.task_name,
    bound: here && bound === true,
    here,
    verdict: runtime.compatibilityOf(capability, adapter),
  };
}

/** `bound`, `fits`, or why not. */
export function verdictText({ bound, here, verdict }: Match): string {
  if (!verdict.compatible) return `does not fit: ${verdict.reason ?? ''}`;
  if (bound) return 'bound';
  return here
    ? 'fits, but is not bound'
    : 'fits, but its code is in another environment: name it under `adapters:` and install';
}

/** `count(text), reset(); language`: what an adapter asks of a tool. */
export function needsText({ protocol_members: { methods, properties } }: AdapterManifest): string {
  const asked = [
    ...methods.map(({ name, params }) => `${name}(${params.join(', ')})`),
    ...properties,
  ];
  return asked.length === 0 ? 'nothing of its tool' : asked.join(', ');
}

/** The adapters for a task. Throws TASK_NOT_FOUND with the nearest one. */
export function adaptersFor({ adapters, runtime }: Recorded, task: string): AdapterManifest[] {
  const found = runtime.adaptersForTask(adapters, task);
  if (found.length > 0) return found;
  const known = [...new Set(adapters.map((one) => one.task_name))].toSorted();
  throw new HostError('TASK_NOT_FOUND', `No adapter gives the task "${task}".`, {
    hint: runtime.didYouMean(task, known) ?? 'No adapter is installed. See docs/adapters.md.',
    details: { task, known },
  });
}
