import {
  type CapabilityReport,
  type InstalledCapability,
  loadInstalled,
  readWorkspace,
  refreshChanged,
  type Workspace,
} from './capabilities/index.ts';
import type { Catalog } from './compositions/index.ts';
import { HostError } from './errors.ts';
import type { MachinePaths } from './paths.ts';

type Variables = { readonly [name: string]: string | undefined };

/** What a workspace declares and what of it can be used, as found when its host was opened. */
export class InstalledCatalog {
  readonly catalog: Catalog;
  readonly #installed: ReadonlyMap<string, InstalledCapability>;
  readonly #problems: ReadonlyMap<string, HostError>;

  constructor(
    workspace: Workspace,
    installed: ReadonlyMap<string, InstalledCapability>,
    problems: readonly HostError[],
  ) {
    this.#installed = installed;
    this.#problems = new Map(problems.map((error) => [String(error.details['capability']), error]));
    this.catalog = {
      capabilities: Object.fromEntries(
        workspace.capabilities.map(({ name }) => [name, this.#entry(name)]),
      ),
    };
  }

  /** Throws why there is none: CAPABILITY_NOT_INSTALLED, ENV_CHANGED, CONFIG_INVALID … */
  capabilityOf(name: string): InstalledCapability {
    const problem = this.#problems.get(name);
    if (problem !== undefined) throw problem;
    const found = this.#installed.get(name);
    if (found !== undefined) return found;
    throw new HostError('CAPABILITY_NOT_FOUND', `capstan.yaml declares no capability "${name}".`);
  }

  /** Calls at once that a capability takes; 1 for one that cannot be started anyway. */
  slotsOf(name: string): number {
    return this.#installed.get(name)?.slots ?? 1;
  }

  /** Throws what is wrong with the first of these that is declared but unusable for more than not being there. */
  mustBeUsable(names: Iterable<string>): void {
    for (const name of names) {
      const problem = this.#problems.get(name);
      if (problem !== undefined && problem.code !== 'CAPABILITY_NOT_INSTALLED') throw problem;
    }
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
 */
export async function refreshedCatalog(
  root: string,
  env: Variables,
  paths: Pick<MachinePaths, 'environmentsDir' | 'toolsDir'>,
  onNotice: (text: string) => void,
): Promise<InstalledCatalog> {
  const workspace = await readWorkspace(root);
  const report = await refreshChanged(workspace, {
    paths,
    env,
    consent: () => Promise.resolve(false),
    onProgress: () => {},
  });
  const failed = (report?.capabilities ?? []).flatMap((each) => {
    onNotice(refreshed(each));
    if (each.error === null) return [];
    each.error.details['capability'] = each.name;
    return [each.error];
  });
  const { installed, problems } = await loadInstalled(workspace, env);
  return new InstalledCatalog(workspace, installed, [...problems, ...failed]);
}

const refreshed = ({ name, error }: CapabilityReport): string =>
  error === null
    ? `The source of ${name} has changed; it was installed anew.`
    : `The source of ${name} has changed, but it could not be installed: ${error.message}`;
