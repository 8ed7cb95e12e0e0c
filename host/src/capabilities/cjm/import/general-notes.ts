import type { Note } from './note.ts';
import type { CjmConfig, ProposedEntry } from './propose.ts';
import { normalized } from './packages.ts';
import type { CjmSettings } from './settings.ts';

/** What is to be said about a workspace of the reference system as a whole. */
export interface Around {
  settings: CjmSettings | null;
  configs: readonly CjmConfig[];
  /** Names of secrets by capability; never their values. */
  secrets: { [capability: string]: string[] };
  modelsDir: string;
}

export function generalNotes(
  { settings, configs, secrets, modelsDir }: Around,
  entries: readonly ProposedEntry[],
): Note[] {
  const drift = settings?.substrate['drift_detection'] === false;
  const stall = settings?.substrate['prefetch_stall_threshold_seconds'];
  const retention = ['diagnostics_retention_days', 'diagnostics_retention_max_mb'].filter(
    (name) => settings?.substrate[name] !== undefined && settings.substrate[name] !== null,
  );
  return [
    ...when(settings !== null && settings.modelsDir !== null, [
      'todo',
      `models_dir: models lie in ${modelsDir} here, for all workspaces; to keep those that are there: ln -s ${settings?.modelsDir} ${modelsDir}`,
    ]),
    ...when(settings !== null && settings.dataDir !== null, [
      'differs',
      `data_dir: what capabilities keep lies in .capstan/data/<name>; ${settings?.dataDir} stays as it is, with its journal and caches`,
    ]),
    ...when(drift, [
      'todo',
      'substrate.drift_detection is off: write `drift: false` into capstan.yaml',
    ]),
    ...when(settings?.substrate['empirical_tracking'] === false, [
      'dropped',
      'substrate.empirical_tracking: what calls used is always part of the journal',
    ]),
    ...when(typeof stall === 'number', [
      'differs',
      `substrate.prefetch_stall_threshold_seconds (${String(stall)}): how long a start may be silent is fixed, and output counts as a sign of life`,
    ]),
    ...when(retention.length > 0, [
      'differs',
      `substrate.${retention.join(', substrate.')}: see \`capstan logs prune\``,
    ]),
    ...(settings?.unknown ?? []).map(
      ({ name, line }): Note => ({
        kind: 'dropped',
        text: `${settings?.file}:${line}: \`${name}\`: no reader of that file knows it`,
      }),
    ),
    ...Object.entries(secrets).flatMap(([capability, keys]): Note[] =>
      keys.map((key) => ({
        kind: 'todo',
        text: `a secret is never copied: capstan secret set ${nameOf(capability, entries)} ${key}`,
      })),
    ),
    ...configs
      .filter(({ instance }) => !isOfAnEntry(instance, entries))
      .map(
        ({ instance, config }): Note => ({
          kind: 'todo',
          text: `the settings of the instance "${instance}" do not say whose they are; write them under \`instances:\` of its capability: ${JSON.stringify({ [instance]: { config } })}`,
        }),
      ),
  ];
}

const when = (condition: boolean, [kind, text]: [Note['kind'], string]): Note[] =>
  condition ? [{ kind, text }] : [];

const isOfAnEntry = (id: string, entries: readonly ProposedEntry[]): boolean =>
  entries.some((entry) => entry.aliases.includes(normalized(id)));

const nameOf = (capability: string, entries: readonly ProposedEntry[]): string =>
  entries.find((entry) => entry.aliases.includes(normalized(capability)))?.name ?? capability;
