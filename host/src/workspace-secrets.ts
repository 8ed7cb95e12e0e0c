import { dirname } from 'node:path';
import type { InstalledCapability } from './capabilities/index.ts';
import { resolveWorkerVariables, type WorkerVariables } from './capabilities/worker-env.ts';
import { calleeOf } from './compositions/index.ts';
import { HostError } from './errors.ts';
import type { LiveCatalog } from './live-catalog.ts';
import type { WorkspacePaths } from './paths.ts';
import { SecretStore } from './secrets/index.ts';

export interface WorkspaceSecretsOptions {
  paths: Pick<WorkspacePaths, 'secretsDir'>;
  modelsDir: string;
  env: { readonly [name: string]: string | undefined };
  /** Somebody may still unlock them: what needs them waits for that instead of failing. */
  waitsForUnlock: boolean;
}

/** How soon work that waited goes on after the secrets were unlocked. */
const lookAgainMs = 1000;

/** What the host of a workspace knows of its secrets: who gets which, and what waits until they are unlocked. */
export class WorkspaceSecrets {
  readonly store: SecretStore;
  readonly #options: WorkspaceSecretsOptions;
  /** The names that are set but cannot be read now, by capability. */
  #locked: { [capability: string]: string[] } | null = null;

  constructor(options: WorkspaceSecretsOptions) {
    this.#options = options;
    this.store = new SecretStore(options.paths.secretsDir, { env: options.env });
  }

  /** For a worker of this instance. Throws SECRETS_LOCKED, SECRETS_UNREADABLE. */
  async variablesOf(
    capability: InstalledCapability,
    instance: string,
    overrides: { readonly [name: string]: string },
  ): Promise<WorkerVariables> {
    const { name, workerEnv, cwd, env, dialect } = capability;
    try {
      return await resolveWorkerVariables({
        capability: name,
        instance,
        specs: workerEnv,
        overrides,
        inherited: env,
        paths: {
          modelsDir: this.#options.modelsDir,
          dataDir: dirname(cwd),
          capabilityDataDir: cwd,
        },
        secretStore: this.store,
        dialect,
      });
    } catch (error) {
      if (error instanceof HostError && error.code === 'SECRETS_LOCKED') await this.look();
      throw error;
    }
  }

  /** Why nothing of an instance is started; null where its secrets are no reason. */
  refusalOf(
    instance: string,
    { catalog, current }: Pick<LiveCatalog, 'catalog' | 'current'>,
  ): { reason: string; forMs: number } | null {
    if (this.#locked === null) return null;
    const name = calleeOf(instance, catalog)?.capability ?? instance;
    const names = Object.hasOwn(this.#locked, name) ? (this.#locked[name] ?? []) : [];
    const wanted = current
      .variablesOf(name)
      .filter((one) => one.secret && names.includes(one.name));
    if (wanted.length === 0) return null;
    const reason = `\`${name}\` needs ${wanted.map((one) => one.name).join(', ')}, and the secrets are locked; \`capstan secret unlock\` unlocks them`;
    return { reason, forMs: lookAgainMs };
  }

  /** Looks whether the secrets are locked now. */
  async look(): Promise<void> {
    if (!this.#options.waitsForUnlock) return;
    // What is wrong with the file is told by whoever needs a value of it.
    const state = await this.store.state().catch(() => null);
    this.#locked = state?.isLocked === true ? await this.store.all().catch(() => null) : null;
  }

  /** Throws SECRETS_LOCKED when the passphrase is wrong. */
  async unlock(passphrase: string): Promise<void> {
    await this.store.unlock(passphrase);
    await this.look();
  }
}
