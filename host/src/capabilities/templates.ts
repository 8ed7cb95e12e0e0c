import { nearest } from '@capstan/protocol';

/** The folders that `${…}` may name; null where there is none. */
export interface VariablePaths {
  modelsDir: string | null;
  /** The folder that holds the data folders of all capabilities of the workspace. */
  dataDir: string | null;
  /** This capability's. */
  capabilityDataDir: string | null;
}

export type Dialect = 'capstan' | 'cjm';

type Vocabulary = { readonly [placeholder: string]: string | null };

/** What each placeholder stands for. Those of the reference are known to capabilities that come from there. */
function vocabularyOf(dialect: Dialect, capability: string, paths: VariablePaths): Vocabulary {
  const { modelsDir, dataDir, capabilityDataDir } = paths;
  return {
    CAPSTAN_MODELS_DIR: modelsDir,
    CAPSTAN_CAPABILITY_DATA_DIR: capabilityDataDir,
    CAPSTAN_DATA_DIR: dataDir,
    CAPABILITY_NAME: capability,
    ...(dialect === 'cjm'
      ? {
          CJM_MODELS_DIR: modelsDir,
          CJM_CAPABILITY_DATA_DIR: dataDir,
          CAPABILITY_DATA_DIR: capabilityDataDir,
        }
      : {}),
  };
}

const placeholder = /\$\{([^}]*)\}/g;

export type Expansion = { kind: 'expanded'; value: string } | { kind: 'refused'; reason: string };

/**
 * A template with its placeholders filled in, once: what a value brings in is not looked at again. A
 * placeholder that is unknown, or stands for nothing here, refuses the whole.
 */
export function expandTemplate(
  template: string,
  of: { capability: string; paths: VariablePaths; dialect?: Dialect },
): Expansion {
  const known = vocabularyOf(of.dialect ?? 'capstan', of.capability, of.paths);
  const wrong = unknownIn(template, known);
  if (wrong !== null) return { kind: 'refused', reason: wrong };
  const unset = namesIn(template).find((name) => known[name] === null);
  if (unset !== undefined) return { kind: 'refused', reason: `\${${unset}} is not set here` };
  // A function, because `$&` and its like in a path would mean something in a replacement text.
  const value = template.replaceAll(placeholder, (_, name: string) => known[name] ?? '');
  return { kind: 'expanded', value };
}

/** Why a template can never be expanded; null when it can. */
export function templateProblem(template: string, dialect: Dialect = 'capstan'): string | null {
  const nowhere = { modelsDir: null, dataDir: null, capabilityDataDir: null };
  return unknownIn(template, vocabularyOf(dialect, '', nowhere));
}

const namesIn = (template: string): string[] =>
  Array.from(template.matchAll(placeholder), ([, name = '']) => name);

function unknownIn(template: string, known: Vocabulary): string | null {
  const unknown = namesIn(template).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return null;
  const names = Object.keys(known);
  const close = nearest(unknown, names);
  const better =
    close === null
      ? `there are ${names.map((name) => `\${${name}}`).join(', ')}`
      : `did you mean \${${close}}?`;
  return `\${${unknown}} stands for nothing; ${better}`;
}
