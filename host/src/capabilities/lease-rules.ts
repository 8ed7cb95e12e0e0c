import { defaults } from '../defaults.ts';
import { dirname, resolve } from 'node:path';
import type { LeaseRules } from '../kernel/index.ts';
import { parsePattern } from '../kernel/regions/index.ts';
import { parseDuration } from '../quantities.ts';
import { didYouMean } from './did-you-mean.ts';
import type { WorkspaceText } from './schema.ts';
import type { Problem, YamlText } from './yaml-text.ts';

type LaneText = NonNullable<WorkspaceText['lanes']>[string];

/** The rules for claims and leases of a file whose form is right, complete. */
export function leaseRulesOf(written: WorkspaceText, file: string): LeaseRules {
  const { leases, liveness, headroom } = written;
  return {
    lanes: mapped(written.lanes, (lane) => laneOf(lane, resolve(dirname(file)))),
    classes: mapped(written.classes, ({ most }) => ({ most })),
    resources: mapped(written.resources, (said) =>
      typeof said === 'number'
        ? { amount: said, scope: 'workspace' as const }
        : { amount: said.amount, scope: said.scope ?? ('workspace' as const) },
    ),
    leases: {
      termMs: ms(leases?.term) ?? Math.min(defaults.leaseTermMs, ms(leases?.maxTerm) ?? Infinity),
      maxTermMs: ms(leases?.maxTerm) ?? Math.max(defaults.leaseMaxTermMs, ms(leases?.term) ?? 0),
      toleratesOverlap: leases?.overlap === 'tolerate',
      agingMs: ms(leases?.aging) ?? defaults.leaseAgingMs,
    },
    refusals: mapped(written.refusals, ({ summary, fix, exit }) => ({
      summary,
      fix,
      exit: exit ?? null,
    })),
    liveness: {
      youngMs: ms(liveness?.young) ?? defaults.livenessYoungMs,
      silenceMs: ms(liveness?.silence) ?? defaults.livenessSilenceMs,
      spinningMs: ms(liveness?.spinning) ?? defaults.livenessSpinningMs,
    },
    monitor: written.monitor ?? null,
    headroom: {
      ram: headroom?.ram ?? defaults.ramHeadroom,
      vram: headroom?.vram ?? defaults.vramHeadroom,
    },
  };
}

/** Names that lead nowhere, and limits that contradict each other. */
export function leaseProblems(written: WorkspaceText, yaml: YamlText): Problem[] {
  return [
    ...wrongPaths(written, yaml),
    ...unknownClasses(written, yaml),
    ...unknownMonitor(written, yaml),
    ...contradictions(written, yaml),
  ];
}

/** Of a lane whose paths are none nobody could say what its holder may touch. */
function wrongPaths({ lanes }: WorkspaceText, yaml: YamlText): Problem[] {
  const root = resolve(dirname(yaml.file));
  return Object.entries(lanes ?? {}).flatMap(([name, lane]) =>
    (lane?.paths ?? []).flatMap((path, index) => {
      const found = parsePattern(path, { root });
      if (found.kind === 'pattern') return [];
      const where = ['lanes', name, 'paths', index];
      const message = `lanes.${name}.paths[${index}]: ${found.reason}`;
      return [{ message, ...yaml.position(where), hint: found.hint }];
    }),
  );
}

function unknownClasses({ lanes, classes }: WorkspaceText, yaml: YamlText): Problem[] {
  const known = Object.keys(classes ?? {});
  return Object.entries(lanes ?? {}).flatMap(([name, lane]) => {
    if (lane?.class === undefined || known.includes(lane.class)) return [];
    const message = `lanes.${name}.class: there is no class "${lane.class}" under \`classes\``;
    const hint = didYouMean(lane.class, known) ?? `add classes: { ${lane.class}: { most: 1 } }`;
    return [{ message, ...yaml.position(['lanes', name, 'class']), hint }];
  });
}

function unknownMonitor({ monitor, capabilities = [] }: WorkspaceText, yaml: YamlText): Problem[] {
  const known = capabilities.flatMap(({ name, instances }) => [
    name,
    ...Object.keys(instances ?? {}),
  ]);
  if (monitor === undefined || known.includes(monitor)) return [];
  const message = `monitor: there is no capability "${monitor}" in this file`;
  const hint = didYouMean(monitor, known);
  return [{ message, ...yaml.position(['monitor']), ...(hint === undefined ? {} : { hint }) }];
}

function contradictions({ leases }: WorkspaceText, yaml: YamlText): Problem[] {
  const term = ms(leases?.term);
  const maxTerm = ms(leases?.maxTerm);
  if (term === undefined || maxTerm === undefined || term <= maxTerm) return [];
  const message = `leases.term: ${leases?.term} is longer than the maxTerm of ${leases?.maxTerm}`;
  return [{ message, ...yaml.position(['leases', 'term']) }];
}

function laneOf(said: LaneText, root: string): LeaseRules['lanes'][string] {
  return {
    ...(said?.exclusive === undefined ? {} : { isExclusive: said.exclusive }),
    ...(said?.alone === undefined ? {} : { isAlone: said.alone }),
    ...(said?.paths === undefined
      ? {}
      : { paths: said.paths.flatMap((path) => patternOf(path, root)) }),
    ...(said?.class === undefined ? {} : { class: said.class }),
  };
}

/** One that is none has been told already. */
function patternOf(path: string, root: string): string[] {
  const found = parsePattern(path, { root });
  return found.kind === 'pattern' ? [found.pattern] : [];
}

const ms = (written: string | undefined): number | undefined =>
  written === undefined ? undefined : (parseDuration(written) ?? undefined);

const mapped = <From, To>(
  given: { readonly [name: string]: From } | undefined,
  change: (value: From) => To,
): { [name: string]: To } =>
  Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name, change(value)]));
