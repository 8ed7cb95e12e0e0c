import type { JsonObject } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import { isNeverPassed } from '../environments/index.ts';
import { Redactor, type SecretStore } from '../secrets/index.ts';
import { type Dialect, expandTemplate, templateProblem, type VariablePaths } from './templates.ts';

export type { VariablePaths } from './templates.ts';

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

export type VariableSource = 'secret' | 'override' | 'default' | 'environment';

/** What can be told about a variable. Never a value. */
export interface EnvVarStatus {
  name: string;
  secret: boolean;
  required: boolean;
  /** It has a value. */
  satisfied: boolean;
  label: string;
  description: string;
  /** Where its value comes from; `environment`: passed on from the host's, because `capstan.yaml` says so. */
  source: VariableSource | null;
}

export interface WorkerVariables {
  /** For the start line. */
  secrets: { [name: string]: string };
  /** Those of them that the worker sets in its own process. */
  exported: string[];
  /** On top of the environment the worker is spawned with. */
  env: { [name: string]: string };
  /** Not to be in the environment it is spawned with, whatever else puts them there. */
  withheld: string[];
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
  /** What the worker is spawned with otherwise. */
  inherited?: { readonly [name: string]: string };
  paths: VariablePaths;
  secretStore: Pick<SecretStore, 'get' | 'names' | 'warnings'>;
  /** Placeholders of the reference are known to capabilities that come from there. */
  dialect?: Dialect;
}

type VisibleWanted = Omit<VariablesWanted, 'secretStore'>;

/** The declared variables of a manifest's `worker_env`, complete. What is no declaration is left out. */
export function envVarSpecs(declared: readonly JsonObject[] = []): EnvVarSpec[] {
  return declared.flatMap((one) => {
    const { name } = one;
    if (typeof name !== 'string' || !isVariableName(name)) return [];
    const options = Array.isArray(one['options']) ? one['options'] : [];
    return [
      {
        name,
        secret: one['secret'] === true,
        required: one['required'] === true,
        label: textOf(one['label']),
        description: textOf(one['description']),
        default: typeof one['default'] === 'string' ? one['default'] : null,
        options: options.filter((option) => typeof option === 'string'),
        exported: one['exported'] !== false,
      },
    ];
  });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const isVariableName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);

/** What is wrong with a manifest's `worker_env`, each as a sentence that names the variable. */
export function variableProblems(
  declared: readonly JsonObject[],
  dialect: Dialect = 'capstan',
): string[] {
  const names = declared.map((one) => textOf(one['name']));
  return declared.flatMap((one, index) => {
    const name = names[index] ?? '';
    if (!isVariableName(name)) {
      return [`worker_env[${index}]: \`name\` must be the name of an environment variable`];
    }
    return [
      ...(names.indexOf(name) < index ? ['it is declared twice'] : []),
      ...(isNeverPassed(name) ? ['it would change which code is run, and is never passed on'] : []),
      ...defaultProblems(one, dialect),
    ].map((problem) => `${name}: ${problem}`);
  });
}

function defaultProblems(one: JsonObject, dialect: Dialect): string[] {
  const { default: template, options, secret } = one;
  if (template === undefined || template === null) return [];
  if (typeof template !== 'string') return ['its default must be a text'];
  if (secret === true) return ['a secret has no default: manifests are for everyone to read'];
  const unknown = templateProblem(template, dialect);
  if (unknown !== null) return [unknown];
  const isOffered =
    !Array.isArray(options) ||
    options.length === 0 ||
    options.includes(template) ||
    template.includes('${');
  return isOffered ? [] : [`its default ${JSON.stringify(template)} is none of its options`];
}

/**
 * What a worker of an instance gets. A secret comes from the store, a visible variable from the instance's
 * override, else from the declared default. What cannot be used is left out, with a warning. Throws what
 * the store throws when a secret that is set cannot be read.
 */
export async function resolveWorkerVariables(wanted: VariablesWanted): Promise<WorkerVariables> {
  const { specs, secretStore, capability } = wanted;
  const isSet = new Set(specs.some(isSecret) ? await secretStore.names(capability) : []);
  const found: Found = { ...visibleVariables(wanted), secrets: {} };
  for (const spec of specs) {
    // oxlint-disable-next-line no-await-in-loop -- the first of them opens the store for the others
    if (spec.secret) await findSecret(spec, wanted, isSet, found);
  }
  if (Object.values(found.sources).includes('secret')) {
    found.warnings.push(...(await secretStore.warnings()));
  }
  const { secrets, env, warnings, sources } = found;
  const missing = specs
    .map((spec) => statusOf(spec, sources[spec.name] ?? null))
    .filter(({ required, satisfied }) => required && !satisfied);
  const withheld = specs.filter(isSecret).map(({ name }) => name);
  const exported = specs
    .filter((one) => one.exported && Object.hasOwn(secrets, one.name))
    .map(({ name }) => name);
  const redactor = new Redactor(secrets);
  return { secrets, exported, env, withheld, missing, warnings, redactor };
}

interface Found extends Visible {
  secrets: { [name: string]: string };
}

interface Visible {
  env: { [name: string]: string };
  sources: { [name: string]: VariableSource };
  warnings: string[];
}

const isSecret = ({ secret }: EnvVarSpec): boolean => secret;

async function findSecret(
  { name }: EnvVarSpec,
  { capability, secretStore, inherited }: VariablesWanted,
  isSet: ReadonlySet<string>,
  found: Found,
): Promise<void> {
  const stored = isSet.has(name) ? await secretStore.get(capability, name) : null;
  const value = stored ?? inherited?.[name];
  if (value === undefined || value === '') return;
  found.secrets[name] = value;
  found.sources[name] = stored === null ? 'environment' : 'secret';
}

function findVisible(spec: EnvVarSpec, wanted: VisibleWanted, found: Visible): void {
  const { name } = spec;
  const given = valueOf(spec, wanted, found.warnings);
  if (given !== null && isNeverPassed(name)) {
    found.warnings.push(`${name} would change which code is run, and is not passed on.`);
  } else if (given !== null) {
    found.env[name] = given.value;
    found.sources[name] = given.source;
  } else if (wanted.inherited?.[name] !== undefined) found.sources[name] = 'environment';
}

/** An override, else the default; null with a warning where neither can be used. */
function valueOf(
  spec: EnvVarSpec,
  { overrides, capability, paths, dialect, instance }: VisibleWanted,
  warnings: string[],
): { value: string; source: VariableSource } | null {
  const { name } = spec;
  const override = Object.hasOwn(overrides, name) ? overrides[name] : undefined;
  if (override !== undefined) {
    if (isOption(spec, override)) return { value: override, source: 'override' };
    warnings.push(
      `What is set for ${name} of ${instance}, ${JSON.stringify(override)}, is none of its options (${spec.options.join(', ')}), and is ignored.`,
    );
  }
  if (spec.default === null) return null;
  const expansion = expandTemplate(spec.default, {
    capability,
    paths,
    ...(dialect === undefined ? {} : { dialect }),
  });
  if (expansion.kind === 'expanded') return { value: expansion.value, source: 'default' };
  warnings.push(`The default of ${name} cannot be used, so it is left out: ${expansion.reason}.`);
  return null;
}

const isOption = ({ options }: EnvVarSpec, value: string): boolean =>
  options.length === 0 || options.includes(value);

/** Overrides that have no effect, each with the reason. */
function idleOverrides(
  specs: readonly EnvVarSpec[],
  overrides: { readonly [name: string]: string },
): string[] {
  return Object.keys(overrides).flatMap((name) => {
    const spec = specs.find((one) => one.name === name);
    if (spec === undefined) return [`${name} is set, but not declared, and is ignored.`];
    return spec.secret ? [`${name} is a secret; what is set for it openly is ignored.`] : [];
  });
}

const statusOf = (spec: EnvVarSpec, source: VariableSource | null): EnvVarStatus => {
  const { name, secret, required, label, description } = spec;
  return { name, secret, required, satisfied: source !== null, label, description, source };
};

/** What can be told about an instance's variables without a key to the store. Never a secret's value. */
export async function variableStatuses(
  wanted: VisibleWanted & { secretStore: Pick<SecretStore, 'names'> },
): Promise<EnvVarStatus[]> {
  const { specs, secretStore, capability, inherited } = wanted;
  const isSet = new Set(specs.some(isSecret) ? await secretStore.names(capability) : []);
  const { sources } = visibleVariables(wanted);
  return specs.map((spec) => {
    if (!spec.secret) return statusOf(spec, sources[spec.name] ?? null);
    const passedOn = inherited?.[spec.name] === undefined ? null : 'environment';
    return statusOf(spec, isSet.has(spec.name) ? 'secret' : passedOn);
  });
}

/** The variables of an instance that are no secrets, with their values. */
export function visibleVariables(wanted: VisibleWanted): Visible {
  const found: Visible = { env: {}, sources: {}, warnings: [] };
  found.warnings.push(...idleOverrides(wanted.specs, wanted.overrides));
  for (const spec of wanted.specs) if (!spec.secret) findVisible(spec, wanted, found);
  return found;
}

/** The environment to spawn a worker with. Secrets are not in it, even where the host's environment has them. */
export function spawnEnvironment(
  inherited: { readonly [name: string]: string },
  { env, withheld }: Pick<WorkerVariables, 'env' | 'withheld'>,
): { [name: string]: string } {
  const whole = { ...inherited, ...env };
  for (const name of withheld) delete whole[name];
  return whole;
}

/** Throws SECRET_MISSING naming everything that is missing, and what to type for each. */
export function mustHaveAll(
  capability: string,
  instance: string,
  missing: readonly EnvVarStatus[],
): void {
  if (missing.length === 0) return;
  const named = missing.map(({ name, label, description, secret }) => {
    const what = [secret ? 'a secret' : '', label || description].filter((part) => part !== '');
    return what.length === 0 ? name : `${name} (${what.join(': ')})`;
  });
  const commands = missing.map(({ name, secret }) =>
    secret ? `capstan secret set ${capability} ${name}` : `capstan env set ${instance} ${name}=…`,
  );
  throw new HostError(
    'SECRET_MISSING',
    `${instance} cannot start without ${named.join(', ')}: ${missing.length === 1 ? 'it has no value' : 'they have no values'}.`,
    {
      hint: `Run ${commands.map((command) => `\`${command}\``).join(' and ')}.`,
      details: { capability, instance, missing: missing.map(({ name }) => name), commands },
    },
  );
}
