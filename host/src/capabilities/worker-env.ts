import type { JsonObject } from '@capstan/protocol';
import { Redactor, type SecretStore } from '../secrets/index.ts';

/** A variable that a capability declares: a secret from the store, or a visible one with a default. */
export interface EnvVarSpec {
  name: string;
  secret: boolean;
  required: boolean;
  label: string;
  description: string;
  /** Of a visible one; may hold `${…}` placeholders. */
  default: string | null;
  /** The only values it may have; empty when any will do. */
  options: string[];
  /** Whether the SDK sets it in the worker's own process; otherwise the tool asks for it by name. */
  exported: boolean;
}

/** What can be told about a variable. Never a value. */
export interface EnvVarStatus {
  name: string;
  secret: boolean;
  required: boolean;
  /** It has a value: a secret that is set, an override, a default. */
  satisfied: boolean;
  label: string;
  description: string;
  source: 'secret' | 'override' | 'default' | null;
}

/** The folders that `${…}` may name; null where there is none. */
export interface VariablePaths {
  modelsDir: string | null;
  /** The folder that holds the data folders of all capabilities of the workspace. */
  dataDir: string | null;
  /** This capability's. */
  capabilityDataDir: string | null;
}

export interface WorkerVariables {
  /** For the start line. */
  secrets: { [name: string]: string };
  /** For the environment the worker is spawned with. */
  env: { [name: string]: string };
  /** Required ones without a value. */
  missing: EnvVarStatus[];
  warnings: string[];
  /** Knows these secrets. */
  redactor: Redactor;
}

export interface VariablesWanted {
  /** The capability's name: secrets are its own. */
  capability: string;
  instance: string;
  specs: readonly EnvVarSpec[];
  /** Of the instance: declared in `capstan.yaml`, then set at run time. */
  overrides: { readonly [name: string]: string };
  paths: VariablePaths;
  secretStore: Pick<SecretStore, 'get' | 'names'>;
  /** Placeholders of the reference are known to capabilities that come from there. */
  dialect?: 'capstan' | 'cjm';
}

/** The declared variables of a manifest's `worker_env`, complete. What is no declaration is left out. */
export function envVarSpecs(declared: readonly JsonObject[] = []): EnvVarSpec[] {
  return declared.flatMap((one) => {
    const { name, label, description } = one;
    if (typeof name !== 'string' || name === '') return [];
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    const options = Array.isArray(one['options']) ? one['options'] : [];
    return [
      {
        name,
        secret: one['secret'] === true,
        required: one['required'] === true,
        label: text(label),
        description: text(description),
        default: typeof one['default'] === 'string' ? one['default'] : null,
        options: options.filter((option) => typeof option === 'string'),
        exported: one['exported'] !== false,
      },
    ];
  });
}

/** What a worker of an instance gets, and what is missing. */
export async function resolveWorkerVariables(wanted: VariablesWanted): Promise<WorkerVariables> {
  void wanted;
  return { secrets: {}, env: {}, missing: [], warnings: [], redactor: new Redactor() };
}
