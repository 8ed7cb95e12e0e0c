import { join } from 'node:path';
import { HostError } from '../errors.ts';
import { machinePaths, workspacePaths } from '../paths.ts';
import { readWorkspace } from './declaration.ts';
import { didYouMean } from './did-you-mean.ts';
import { type InstalledCapability, loadInstalled } from './load.ts';
import { readManifest } from './manifest.ts';
import type { VariablePaths } from './templates.ts';
import { type EnvVarSpec, envVarSpecs } from './worker-env.ts';

/** The variables that one capability of a workspace declares, and what they are resolved with. */
export interface DeclaredVariables {
  capability: string;
  /** Null where it is not installed, so that nobody can know. */
  specs: EnvVarSpec[] | null;
  /** Its instances in `capstan.yaml`, with what that sets for them. */
  instances: { [id: string]: { [name: string]: string } };
  inherited: { [name: string]: string };
  paths: VariablePaths;
  dialect: InstalledCapability['dialect'];
}

/** Of every capability in `capstan.yaml`; of those that cannot be started now, too. */
export async function declaredVariables(
  root: string,
  env: { readonly [name: string]: string | undefined },
): Promise<DeclaredVariables[]> {
  const workspace = await readWorkspace(root);
  const { installed } = await loadInstalled(workspace, env);
  const { manifestsDir, dataDir } = workspacePaths(root);
  return Promise.all(
    workspace.capabilities.map(async ({ name, instances }) => {
      const found = installed.get(name);
      const manifest = await readManifest(join(manifestsDir, `${name}.json`)).catch(() => null);
      return {
        capability: name,
        specs: found?.workerEnv ?? (manifest && envVarSpecs(manifest.code.worker_env)),
        instances: Object.fromEntries(instances.map((one) => [one.id, one.env])),
        inherited: found?.env ?? {},
        paths: {
          modelsDir: machinePaths(env).modelsDir,
          dataDir,
          capabilityDataDir: join(dataDir, name),
        },
        dialect: found?.dialect ?? 'capstan',
      };
    }),
  );
}

/** Throws CAPABILITY_NOT_FOUND with the nearest name. */
export function variablesDeclaredBy(
  name: string,
  all: readonly DeclaredVariables[],
): DeclaredVariables {
  const found = all.find(({ capability }) => capability === name);
  if (found !== undefined) return found;
  const known = all.map(({ capability }) => capability);
  throw new HostError('CAPABILITY_NOT_FOUND', `capstan.yaml declares no capability \`${name}\`.`, {
    hint: didYouMean(name, known) ?? 'It declares none at all.',
    details: { capability: name, known },
  });
}

/**
 * The declaration of a variable that is to be set, of the kind that is meant. Throws CAPABILITY_NOT_INSTALLED,
 * VARIABLE_NOT_FOUND with the nearest name, VARIABLE_INVALID for one of the other kind. No value is quoted.
 */
export function variableToSet(
  { capability, specs }: Pick<DeclaredVariables, 'capability' | 'specs'>,
  name: string,
  kind: 'secret' | 'visible',
): EnvVarSpec {
  if (specs === null) {
    throw new HostError(
      'CAPABILITY_NOT_INSTALLED',
      `${capability} is not installed, so nobody knows which variables it declares.`,
      { hint: `Run \`capstan install ${capability}\`.` },
    );
  }
  const spec = specs.find((one) => one.name === name);
  const isMeant = (one: EnvVarSpec): boolean => one.secret === (kind === 'secret');
  if (spec !== undefined && isMeant(spec)) return spec;
  if (spec !== undefined) throw ofOtherKind(capability, spec);
  const known = specs.filter(isMeant).map((one) => one.name);
  const what = kind === 'secret' ? 'secret' : 'variable that is no secret';
  throw new HostError('VARIABLE_NOT_FOUND', `${capability} declares no ${what} \`${name}\`.`, {
    hint: didYouMean(name, known) ?? `It declares no ${what} at all.`,
    details: { capability, name, known },
  });
}

const ofOtherKind = (capability: string, { name, secret }: EnvVarSpec): HostError =>
  secret
    ? new HostError(
        'VARIABLE_INVALID',
        `${name} of ${capability} is a secret, and is not set openly.`,
        {
          hint: `Run \`capstan secret set ${capability} ${name}\`: it asks for the value, or reads it from stdin.`,
          details: { capability, name },
        },
      )
    : new HostError('VARIABLE_INVALID', `${name} of ${capability} is no secret.`, {
        hint: `Run \`capstan env set ${capability} ${name}=…\`.`,
        details: { capability, name },
      });

/**
 * Overrides as they may be recorded for an instance; null is back to what is declared. Throws what
 * `variableToSet` throws, and VARIABLE_INVALID for a value that is none of the options.
 */
export function checkOverrides(
  declared: Pick<DeclaredVariables, 'capability' | 'specs'>,
  overrides: { readonly [name: string]: string | null },
): void {
  for (const [name, value] of Object.entries(overrides)) {
    // What nobody declares any more can still be taken back.
    if (value === null) continue;
    const { options } = variableToSet(declared, name, 'visible');
    if (value.includes('\0')) throw notAllowed(name, 'it holds a NUL character');
    if (options.length === 0 || options.includes(value)) continue;
    const better = didYouMean(value, options);
    throw notAllowed(name, `${JSON.stringify(value)} is none of its options`, better);
  }
}

const notAllowed = (name: string, why: string, hint?: string): HostError =>
  new HostError('VARIABLE_INVALID', `${name} cannot be set so: ${why}.`, {
    ...(hint === undefined ? {} : { hint }),
    details: { name },
  });
