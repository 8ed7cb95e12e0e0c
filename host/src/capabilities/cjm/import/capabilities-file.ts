import { z } from 'zod';
import { readYamlText } from '../../read-text.ts';
import { problemsOf } from '../../schema-problems.ts';
import { type Problem, problemsError, YamlText } from '../../yaml-text.ts';
import { nothingThere } from './nothing-there.ts';

/** One entry of `capabilities.yaml`. */
export interface CjmEntry {
  file: string;
  line: number;
  name: string;
  envName: string;
  package: string;
  /** A path or an address. */
  envFile: string | null;
  pythonVersion: string | null;
  interfaceLibs: string[];
  adapters: { impl: string; lib: string | null }[];
  unknown: string[];
}

const text = z.string().refine((given) => given.trim() !== '', 'must not be empty');
const version = z.union([text, z.number()]);
const entry = z
  .looseObject({
    name: text,
    env_name: text.optional(),
    package: text,
    env_file: text.optional(),
    python_version: version.optional(),
    interface_libs: z.array(text).nullish(),
    adapters: z
      .array(
        z.looseObject({
          impl: z.string().regex(/^[\w.]+:\w+$/, 'must look like "module:Class"'),
          lib: text.optional(),
        }),
      )
      .nullish(),
  })
  .refine(
    ({ env_file, python_version }) => env_file === undefined || python_version === undefined,
    {
      message: 'has both `env_file` and `python_version`; it may have one of them',
    },
  );
const schema = z.looseObject({ capabilities: z.array(entry) });

const known = [
  'name',
  'env_name',
  'package',
  'env_file',
  'python_version',
  'interface_libs',
  'adapters',
];

/**
 * Reads a `capabilities.yaml`, or the `plugins.yaml` of the earlier system, whose list is called `plugins`.
 * Throws `DECLARATION_INVALID` with every problem of the file, each with its line.
 */
export async function readCjmCapabilities(file: string): Promise<CjmEntry[]> {
  const yaml = new YamlText(await readYamlText(file, nothingThere(file)), file);
  if (yaml.problems.length > 0) throw problemsError('DECLARATION_INVALID', file, yaml.problems);
  const key = listKeyOf(yaml.value);
  const given = key === 'plugins' ? { capabilities: listIn(yaml.value, key) } : yaml.value;
  const parsed = schema.safeParse(given ?? {});
  const problems = parsed.success
    ? repeated(parsed.data.capabilities, yaml, key)
    : problemsOf(parsed.error.issues, yaml, z.toJSONSchema(schema) as object);
  if (!parsed.success || problems.length > 0) {
    throw problemsError('DECLARATION_INVALID', file, problems);
  }
  return parsed.data.capabilities.map((one, index) => ({
    file,
    line: yaml.position([key, index]).line,
    name: one.name,
    envName: one.env_name ?? '',
    package: one.package.trim(),
    envFile: one.env_file ?? null,
    pythonVersion: one.python_version === undefined ? null : versionText(one.python_version),
    interfaceLibs: one.interface_libs ?? [],
    adapters: (one.adapters ?? []).map(({ impl, lib }) => ({ impl, lib: lib ?? null })),
    unknown: Object.keys(one).filter((name) => !known.includes(name)),
  }));
}

/** YAML reads 3.10 as the number 3.1, and there was never a Python of that name. */
const versionText = (given: string | number): string => (given === 3.1 ? '3.10' : String(given));

type ListKey = 'capabilities' | 'plugins';

const listKeyOf = (value: unknown): ListKey =>
  typeof value === 'object' && value !== null && 'plugins' in value && !('capabilities' in value)
    ? 'plugins'
    : 'capabilities';

const listIn = (value: unknown, key: ListKey): unknown =>
  (value as { [name: string]: unknown })[key];

function repeated(entries: readonly { name: string }[], yaml: YamlText, key: ListKey): Problem[] {
  return entries.flatMap(({ name }, index) => {
    const first = entries.findIndex((other) => other.name === name);
    if (first === index) return [];
    const { line } = yaml.position([key, first, 'name']);
    const message = `the name "${name}" is taken by the entry in line ${line}`;
    return [{ message, ...yaml.position([key, index, 'name']) }];
  });
}
