/**
 * The doors from the command line to the runtime. They open on first use only: help, a typo and a usage
 * error answer before any of the runtime's code is read, and commands that only look read only a little.
 */
export type * from '../index.ts';
export type { LivenessReport } from '../lease-liveness.ts';
export type { Scope, ScopeRegion } from '../lease-scope.ts';

export type Runtime = typeof import('../index.ts');
export type Declared = typeof import('../declared.ts');
type View = typeof import('../workspace-view.ts');
export type Leases = typeof import('../lease-desk.ts');
export type Machine = typeof import('../machine-report.ts');

type ScopeDoor = typeof import('../lease-scope.ts');
type LivenessDoor = typeof import('../lease-liveness.ts');

export interface Doors {
  /** Everything. */
  runtime: () => Promise<Runtime>;
  /** What is declared and installed; starts nothing. */
  declared: () => Promise<Declared>;
  /** Jobs, journal and logs, for looking at. */
  view: () => Promise<Pick<View, 'openReader'>>;
  /** Who holds what, and who may; needs neither a host nor what is installed. */
  leases: () => Promise<Leases>;
  /** Whether changed files lie where they may. */
  scope: () => Promise<ScopeDoor>;
  /** Whether work goes on, and how that is known. */
  liveness: () => Promise<LivenessDoor>;
  /** What the machine has, and who uses it. */
  machine: () => Promise<Machine>;
}

export const doors: Doors = {
  runtime: () => import('../index.ts'),
  declared: () => import('../declared.ts'),
  view: () => import('../workspace-view.ts'),
  leases: () => import('../lease-desk.ts'),
  scope: () => import('../lease-scope.ts'),
  liveness: () => import('../lease-liveness.ts'),
  machine: () => import('../machine-report.ts'),
};
