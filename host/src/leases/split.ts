import type { Claim } from '../kernel/claims/claim.ts';

/** What everybody on the machine shares by its nature. */
const shared = /^(ram|cpu|gpu(:|\/).*|disk:.*)$/;

/** Begins the names that are those of the machine, in whatever workspace they are asked for. */
const machineNames = 'name:machine/';

/** Whether a claim is one on the machine, and not on the workspace. */
export const isOfMachine = (
  claim: Claim,
  isMachineResource: (resource: string) => boolean = (resource) => shared.test(resource),
): boolean =>
  claim.kind === 'quantity'
    ? isMachineResource(claim.resource)
    : claim.kind === 'name' && claim.name.startsWith(machineNames);

/** What is asked of each ledger: of one alone with all the alternatives at once, of both with one at a time. */
export interface Part {
  /** Index of its first alternative among those of the request. */
  from: number;
  workspace: readonly (readonly Claim[])[] | null;
  machine: readonly (readonly Claim[])[] | null;
}

export function partsOf(
  alternatives: readonly (readonly Claim[])[],
  isMachine: (claim: Claim) => boolean,
): Part[] {
  const halves = alternatives.map((claims) => ({
    workspace: claims.filter((claim) => !isMachine(claim)),
    machine: claims.filter(isMachine),
  }));
  // What has no claims at all is refused by the workspace's ledger, in the words of the arbiter.
  if (halves.every(({ machine }) => machine.length === 0)) {
    return [{ from: 0, workspace: alternatives, machine: null }];
  }
  if (halves.every(({ workspace }) => workspace.length === 0)) {
    return [{ from: 0, workspace: null, machine: alternatives }];
  }
  return halves.map(({ workspace, machine }, from) => ({
    from,
    workspace: workspace.length === 0 ? null : [workspace],
    machine: machine.length === 0 ? null : [machine],
  }));
}
