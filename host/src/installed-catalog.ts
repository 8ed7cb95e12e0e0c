import {
  type CapabilityReport,
  didYouMean,
  installCapabilities,
  type InstalledCapability,
  loadInstalled,
  readWorkspace,
  type StaleCapability,
  staleCapabilities,
  type Workspace,
} from './capabilities/index.ts';
import { calleeOf, type Catalog } from './compositions/index.ts';
import { HostError } from './errors.ts';
import type { LeaseRules } from './kernel/index.ts';
import { machinePaths } from './paths.ts';

type Variables = { readonly [name: string]: string | undefined };

/** What a workspace declares and what of it can be used, as found when its host was opened. */
export class InstalledCatalog {
  readonly catalog: Catalog;
  /** Names in `capstan.yaml`, installed or not; of instances with the capability they are of. */
  readonly declared: LeaseRules & {
    capabilities: readonly string[];
    instances: { readonly [id: string]: string };
  };
  readonly #installed: ReadonlyMap<string, InstalledCapability>;
  readonly #problems: ReadonlyMap<string, HostError>;

  constructor(
    workspace: Workspace,
    installed: ReadonlyMap<string, InstalledCapability>,
    problems: readonly HostError[],
  ) {
    this.#installed = installed;
    this.#problems = new Map(problems.map((error) => [String(error.details['capability']), error]));
    const { root: _, file: __, ...rules } = workspace;
    this.declared = {
      ...rules,
      capabilities: workspace.capabilities.map(({ name }) => name),
      instances: Object.fromEntries(
        workspace.capabilities.flatMap(({ name, instances }) =>
          instances.map(({ id }) => [id, name]),
        ),
      ),
    };
    this.catalog = {
      instances: this.declared.instances,
      capabilities: Object.fromEntries(
        workspace.capabilities.map(({ name }) => [name, this.#entry(name)]),
      ),
    };
  }

  /** Instances that no file declares, with the capability each is of: those that were named at run time. */
  learn(named: { readonly [id: string]: string }): void {
    this.catalog.instances = { ...named, ...this.declared.instances };
  }

  /** Whether a capability, or an instance of one, has this name. */
  knows(name: string): boolean {
    return calleeOf(name, this.catalog) !== null;
  }

  /** Throws why there is none: CAPABILITY_NOT_INSTALLED, ENV_CHANGED, CONFIG_INVALID … */
  capabilityOf(name: string): InstalledCapability {
    const problem = this.#problems.get(name);
    if (problem !== undefined) throw problem;
    const found = this.#installed.get(name);
    if (found !== undefined) return found;
    this.mustBeDeclared(name);
    throw new HostError('CAPABILITY_NOT_INSTALLED', `${name} is declared but not installed.`);
  }

  /** What a capability declares; nothing for one that cannot be started anyway. */
  variablesOf(name: string): InstalledCapability['workerEnv'] {
    return this.#installed.get(name)?.workerEnv ?? [];
  }

  /** Throws what is wrong with the first of these that is declared but unusable for more than not being there. */
  mustBeUsable(names: Iterable<string>): void {
    for (const name of names) {
      const callee = calleeOf(name, this.catalog);
      const problem = this.#problems.get(callee?.capability ?? name);
      if (problem !== undefined && problem.code !== 'CAPABILITY_NOT_INSTALLED') throw problem;
    }
  }

  /** Throws CAPABILITY_NOT_FOUND for a name that `capstan.yaml` does not have. */
  mustBeDeclared(name: string): void {
    const known = Object.keys(this.catalog.capabilities);
    if (known.includes(name)) return;
    const hint = didYouMean(name, known);
    throw new HostError(
      'CAPABILITY_NOT_FOUND',
      `capstan.yaml declares no capability "${name}".`,
      hint === undefined ? {} : { hint },
    );
  }

  #entry(name: string): Catalog['capabilities'][string] {
    const found = this.#installed.get(name);
    const tasks = Object.entries(found?.tasks ?? {});
    return {
      installed: found !== undefined && !this.#problems.has(name),
      actions: found?.actions ?? {},
      tasks: Object.fromEntries(tasks.map(([task, { methods }]) => [task, methods])),
    };
  }
}

/** Reads `capstan.yaml` and the manifests as they are. Throws WORKSPACE_NOT_FOUND, DECLARATION_INVALID. */
export async function readCatalog(root: string, env: Variables): Promise<InstalledCatalog> {
  const workspace = await readWorkspace(root);
  const { installed, problems } = await loadInstalled(workspace, env);
  return new InstalledCatalog(workspace, installed, problems);
}

/**
 * As `readCatalog`, after installing anew the capabilities of which only the local code has changed: an
 * edit takes effect with the next run. One whose new code cannot be installed is unusable until it can.
 * What would need more than that is told, not done: installing may fetch things, and that is asked for.
 * Only the capabilities that are `used` are looked at.
 */
export async function refreshedCatalog(
  root: string,
  env: Variables,
  used: Iterable<string>,
  onNotice: (text: string) => void,
): Promise<InstalledCatalog> {
  const workspace = await readWorkspace(root);
  const concerned = new Set(used);
  for (const { name, instances } of workspace.capabilities) {
    if (instances.some(({ id }) => concerned.has(id))) concerned.add(name);
  }
  const stale = (await staleCapabilities(workspace)).filter(({ name }) => concerned.has(name));
  for (const { name, reason, detail } of stale) {
    const why = detail === undefined ? outdated[reason] : `it ${detail}`;
    if (why !== undefined) onNotice(`${name}: ${why}; \`capstan install ${name}\` renews it.`);
  }
  const names = stale.filter(({ reason }) => reason === 'source').map(({ name }) => name);
  const refreshed = names.length === 0 ? [] : await refresh(workspace, names, env);
  for (const each of refreshed) onNotice(describe(each));
  const failed = refreshed.flatMap(({ error }) => (error === null ? [] : [error]));
  const { installed, problems } = await loadInstalled(workspace, env);
  return new InstalledCatalog(workspace, installed, [...problems, ...failed]);
}

/** What still works as installed, but is not what is declared any more. */
const outdated: { [reason in StaleCapability['reason']]?: string } = {
  declaration: 'capstan.yaml has changed since it was installed',
  sdk: 'it was installed by another version of Capstan',
};

async function refresh(
  workspace: Workspace,
  names: readonly string[],
  env: Variables,
): Promise<CapabilityReport[]> {
  const { capabilities } = await installCapabilities(workspace, {
    names,
    paths: machinePaths(env),
    env,
    consent: () => Promise.resolve(false),
    onProgress: () => {},
  });
  for (const { name, error } of capabilities) {
    if (error !== null) error.details['capability'] = name;
  }
  return capabilities;
}

const describe = ({ name, error }: CapabilityReport): string =>
  error === null
    ? `${name}: its source has changed; it was installed anew.`
    : `${name}: its source has changed, but could not be installed: ${error.message}`;
