import type { Lane } from './arbitrate/decision.ts';

/** What a workspace says in `capstan.yaml` about claims and leases, complete: every default is filled in. */
export interface LeaseRules {
  lanes: { readonly [name: string]: Lane };
  /** How many holders of lanes of one class there may be at once. */
  classes: { readonly [name: string]: { most: number } };
  /** What is counted, not measured: licences, tokens, seats. */
  resources: { readonly [name: string]: CountedResource };
  leases: {
    /** Of a reservation that names no term. */
    termMs: number;
    maxTermMs: number;
    toleratesOverlap: boolean;
    /** One that waits for an amount may be overtaken for so long. */
    agingMs: number;
  };
  /** Codes of the workspace's own, for `capstan explain`. */
  refusals: { readonly [code: string]: DeclaredRefusal };
  liveness: LivenessRules;
  /** The capability that measures in the place of the built-in monitor. */
  monitor: string | null;
  /** Shares of what is there that may be granted. */
  headroom: { ram: number; vram: number };
}

export interface CountedResource {
  amount: number;
  /** `machine`: there is so much of it for all workspaces together. */
  scope: 'workspace' | 'machine';
}

export interface DeclaredRefusal {
  summary: string;
  fix: string;
  exit: number | null;
}

export interface LivenessRules {
  /** Whoever began less than this ago is too young to tell. */
  youngMs: number;
  /** Nothing heard for so long is silence. */
  silenceMs: number;
  /** Signs of life for so long without any change are spinning. */
  spinningMs: number;
}
