import type { InstalledCapability } from '../capabilities/index.ts';
import type { Clock } from '../clock.ts';
import type { WorkspacePaths } from '../paths.ts';
import type { DiagnosticLine, EventSpec } from '../stores/index.ts';
import type { Guard } from '../workers/index.ts';

/** What every instance of a host shares, handed in by `host.ts`. */
export interface Surroundings {
  /** The capability of that name. Throws why there is none: CAPABILITY_NOT_INSTALLED, ENV_CHANGED … */
  capabilityOf(name: string): InstalledCapability;
  paths: Pick<WorkspacePaths, 'callsDir' | 'artifactsDir'>;
  /** Kept by all capabilities of the machine. */
  modelsDir: string;
  /** For workers' sockets. */
  runtimeDir: string;
  guard: Guard;
  clock: Clock;
  /** How long a call may take to end once it is told to; the default unless given. */
  cancelGraceMs?: number;
  /** For the journal: `worker_spawned`, `worker_ready`, `worker_died`, `config_applied`, `capability_drifted`. */
  onEvent(event: EventSpec): void;
  /** For the diagnostics: what workers print and log, with the job it belongs to where that is known. */
  onOutput(line: Omit<DiagnosticLine, 'ts'>): void;
  /** Lines about an environment for the diagnosis of a failed start. */
  diagnose?(environmentFolder: string): Promise<string[]>;
}
