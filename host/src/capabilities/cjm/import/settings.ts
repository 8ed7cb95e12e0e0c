import { join, resolve } from 'node:path';
import { z } from 'zod';
import { readYamlText } from '../../read-text.ts';
import { problemsOf } from '../../schema-problems.ts';
import { problemsError, YamlText } from '../../yaml-text.ts';
import { nothingThere } from './nothing-there.ts';

/** What `cjm.yaml` says, every path absolute. */
export interface CjmSettings {
  file: string;
  dataDir: string | null;
  capabilitiesFile: string | null;
  modelsDir: string | null;
  condaType: 'micromamba' | 'miniforge' | 'conda';
  /** The program that makes environments, where the file names one. */
  condaTool: string | null;
  /** Of `substrate`, those that say something. */
  substrate: { [name: string]: unknown };
  /** Members that its own reader does not know either. */
  unknown: { name: string; line: number }[];
}

const path = z.string().min(1, 'must not be empty');
const schema = z.looseObject({
  runtime: z
    .looseObject({
      mode: z.enum(['local', 'system']).optional(),
      conda_type: z.enum(['micromamba', 'miniforge', 'conda']).optional(),
      prefix: path.optional(),
      binaries: z.record(z.string(), path).optional(),
    })
    .nullish(),
  data_dir: path.optional(),
  capabilities_config: path.optional(),
  models_dir: path.optional(),
  substrate: z
    .looseObject({
      drift_detection: z.boolean().optional(),
      empirical_tracking: z.boolean().optional(),
      prefetch_stall_threshold_seconds: z.number().optional(),
      diagnostics_retention_days: z.number().optional(),
      diagnostics_retention_max_mb: z.number().nullish(),
    })
    .nullish(),
});
const known = ['runtime', 'data_dir', 'capabilities_config', 'models_dir', 'substrate'];

/** Throws `DECLARATION_INVALID` with every problem of the file, each with its line. */
export async function readCjmSettings(file: string): Promise<CjmSettings> {
  const yaml = new YamlText(await readYamlText(file, nothingThere(file)), file);
  if (yaml.problems.length > 0) throw problemsError('DECLARATION_INVALID', file, yaml.problems);
  const parsed = schema.safeParse(yaml.value ?? {});
  if (!parsed.success) {
    const problems = problemsOf(parsed.error.issues, yaml, z.toJSONSchema(schema) as object);
    throw problemsError('DECLARATION_INVALID', file, problems);
  }
  const folder = resolve(file, '..');
  const { runtime, data_dir, capabilities_config, models_dir, substrate } = parsed.data;
  const at = (given: string | undefined) => (given === undefined ? null : resolve(folder, given));
  const binary = runtime?.binaries?.[platformKey()];
  const prefix = at(runtime?.prefix);
  return {
    file,
    dataDir: at(data_dir),
    capabilitiesFile: at(capabilities_config),
    modelsDir: at(models_dir),
    condaType: runtime?.conda_type ?? 'conda',
    condaTool: at(binary) ?? (prefix === null ? null : join(prefix, 'bin', 'micromamba')),
    substrate: substrate ?? {},
    unknown: Object.keys(parsed.data)
      .filter((name) => !known.includes(name))
      .map((name) => ({ name, line: yaml.keyPosition([], name).line })),
  };
}

const platformKey = (): string =>
  `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
