import { HostError } from '../../errors.ts';
import type { Capacity, Lane, Policy } from '../../kernel/arbitrate/decision.ts';
import type { LeaseRules } from '../../kernel/index.ts';
import { resolveRegion } from '../region.ts';

/**
 * What the arbiter goes by. The paths of lanes are resolved in the tree as it is now, links and all. Throws
 * DECLARATION_INVALID where one of them leads out of it: then nobody knows what its holder may touch.
 */
export function policyOf(rules: LeaseRules, root: string): Policy {
  const { toleratesOverlap, agingMs } = rules.leases;
  const lanes = Object.entries(rules.lanes).map(([name, lane]) => resolvedLane(name, lane, root));
  return {
    lanes: Object.fromEntries(lanes.map(({ name, lane }) => [name, lane])),
    toleratesOverlap,
    agingMs,
    tree: root,
    ...(lanes.some(({ foldsCase }) => foldsCase) ? { foldsCase: true } : {}),
  };
}

/** What there is without a workspace: nothing is declared, and the defaults hold. */
export const policyWithout = ({ leases }: Pick<LeaseRules, 'leases'>): Policy => ({
  lanes: {},
  toleratesOverlap: leases.toleratesOverlap,
  agingMs: leases.agingMs,
});

/** What is counted, in one of the ledgers. The holders of a class are counted in the workspace. */
export function countedCapacity(
  { classes, resources }: Pick<LeaseRules, 'classes' | 'resources'>,
  scope: 'workspace' | 'machine',
): Capacity {
  const pieces = Object.entries(resources)
    .filter(([, resource]) => resource.scope === scope)
    .map(([name, { amount }]) => [name, counted(amount)] as const);
  const limits =
    scope === 'workspace'
      ? Object.entries(classes).map(([name, { most }]) => [`class:${name}`, counted(most)] as const)
      : [];
  return Object.fromEntries([...pieces, ...limits]);
}

/** Whether a resource is kept for the whole machine: what is measured, and what is declared so. */
export function isMachineResource(resource: string, { resources }: Pick<LeaseRules, 'resources'>) {
  if (isMeasured(resource)) return true;
  return Object.hasOwn(resources, resource) && resources[resource]?.scope === 'machine';
}

export const isMeasured = (resource: string): boolean =>
  resource === 'ram' || resource === 'cpu' || /^(gpu|disk)[:/]/.test(resource);

const counted = (amount: number): Capacity[string] => ({
  total: amount,
  budget: amount,
  used: 0,
  usedBy: null,
});

interface ResolvedLane {
  name: string;
  lane: Lane;
  foldsCase: boolean;
}

function resolvedLane(name: string, lane: Lane, root: string): ResolvedLane {
  const { paths } = lane;
  if (paths === undefined || paths.length === 0) return { name, lane, foldsCase: false };
  const found = resolveRegion(root, paths);
  if (found.kind === 'region') {
    const { patterns, foldsCase = false } = found.claim;
    return { name, lane: { ...lane, paths: sameAsBefore(paths, patterns) }, foldsCase };
  }
  throw new HostError('DECLARATION_INVALID', `lanes.${name}.paths: ${found.reason}`, {
    hint: found.hint,
    details: { lane: name, code: found.code },
  });
}

/** The list that stood for these paths the last time, if it is the same: the kernel compiles each list once. */
const resolvedBefore = new WeakMap<readonly string[], readonly string[]>();

function sameAsBefore(paths: readonly string[], patterns: readonly string[]): readonly string[] {
  const before = resolvedBefore.get(paths);
  const isSame =
    before?.length === patterns.length && before.every((one, at) => one === patterns[at]);
  if (isSame) return before;
  resolvedBefore.set(paths, patterns);
  return patterns;
}
