/**
 * `reconfiguring` and `reloading`: its worker lives; the first takes no calls for the moment, the second
 * serves until the one that will take its place is ready.
 */
export type InstanceState =
  | 'stopped'
  | 'starting'
  | 'ready'
  | 'reconfiguring'
  | 'reloading'
  | 'stopping';

/**
 * Where an instance comes from. `default`: every capability has one, of its own name. `declared`: it stands
 * in `capstan.yaml`. `named`: it was loaded under a name of its own, and is known until that is forgotten.
 * `generated`: it got a name when it was loaded, and is gone with its host.
 */
export type InstanceKind = 'default' | 'declared' | 'named' | 'generated';

/** What can be told about an instance at a glance. */
export interface InstanceView {
  instance: string;
  capability: string;
  kind: InstanceKind;
  state: InstanceState;
  session: string | null;
  pid: number | null;
  /** Counted, those included that wait for its worker. */
  callsInFlight: number;
  enabled: boolean;
  /** Of the configuration in force, or of the one it would start with; null where there is none to be had. */
  configHash: string | null;
  /** Recorded parts that its live worker contradicts: `config_schema`, `structural_surface`. */
  drift: string[];
  /** What somebody should know about its worker, each with what to type: drift, versions, a changed environment. */
  notices: string[];
  /** Tasks that an adapter gives it. */
  tasks: string[];
  /** Calls it takes at once. */
  slots: number;
  /** Why it cannot be started at the moment, after too many failures. */
  refused: { until: string; reason: string } | null;
}
