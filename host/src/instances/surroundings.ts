import type { InstalledCapability } from '../capabilities/index.ts';
import type { WorkerVariables } from '../capabilities/worker-env.ts';
import type { Clock } from '../clock.ts';
import type { WorkspacePaths } from '../paths.ts';
import type { Monitor } from '../resources/index.ts';
import type {
  DiagnosticLine,
  EventSpec,
  InstanceConfiguration,
  InstanceRow,
} from '../stores/index.ts';
import type { Guard } from '../workers/index.ts';

/** What was said of instances at run time, as it is recorded. */
export interface InstanceRecords {
  all(): InstanceRow[];
  one(id: string): InstanceRow | null;
  isEnabled(id: string): boolean;
  configure(asked: InstanceConfiguration): Promise<void>;
  setEnv(asked: {
    instance: string;
    capability: string;
    env: { [name: string]: string } | null;
    actor: string;
  }): Promise<void>;
  forget(asked: { instance: string; actor: string }): Promise<{ forgotten: boolean }>;
}

/** What every instance of a host shares, handed in by `host.ts`. */
export interface Surroundings {
  /** The capability of that name. Throws why there is none: CAPABILITY_NOT_INSTALLED, ENV_CHANGED … */
  capabilityOf(name: string): InstalledCapability;
  /** Names in `capstan.yaml`, installed or not; of instances with the capability they are of. */
  declared(): {
    capabilities: readonly string[];
    instances: { readonly [id: string]: string };
  };
  records: InstanceRecords;
  /** Secrets and variables for a worker of this instance. Throws SECRET_MISSING. */
  variablesOf(
    capability: InstalledCapability,
    instance: string,
    overrides: { readonly [name: string]: string },
  ): Promise<WorkerVariables>;
  paths: Pick<WorkspacePaths, 'callsDir' | 'artifactsDir'>;
  /** Kept by all capabilities of the machine. */
  modelsDir: string;
  /** Variables that tell a worker of this instance which device it is given. */
  placeOf?(instance: string): Promise<{ readonly [name: string]: string }>;
  /** For workers' sockets. */
  runtimeDir: string;
  guard: Guard;
  /** Looks at what workers use. */
  monitor: Pick<Monitor, 'measure'>;
  clock: Clock;
  /** Longer than this without news, and a phase of a worker hangs; the default unless given. */
  silenceMs?: number;
  /** How long a call may take to end once it is told to; the default unless given. */
  cancelGraceMs?: number;
  /** For the journal: `worker_spawned`, `worker_ready`, `worker_died`, `config_applied`, `capability_drifted`. */
  onEvent(event: EventSpec): void;
  /** For the diagnostics: what workers print and log, with the job it belongs to where that is known. */
  onOutput(line: Omit<DiagnosticLine, 'ts'>): void;
  /** Lines about an environment for the diagnosis of a failed start. */
  diagnose?(environmentFolder: string): Promise<string[]>;
}
