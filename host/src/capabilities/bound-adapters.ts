import type { Introspection } from '@capstan/protocol';
import { bindable, chosenAdapters, type OfferedAdapter } from './adapters.ts';
import { specOf } from './manifest-document.ts';
import { matchAdapter } from './match.ts';

export interface WantedAdapters {
  /** What the capability names; null when it leaves that to us. */
  named: readonly string[] | null;
  /** What each of its further instances names. */
  ofInstances: readonly (readonly string[])[];
}

/**
 * `module:Class` of the adapters that a capability binds unless an instance says otherwise, as found when it
 * was introspected. Throws ADAPTER_INCOMPATIBLE for one that was named and does not fit: the worker would
 * only log that, and here somebody is reading.
 */
export function boundAdapters(
  capability: string,
  { structural_surface: surface, adapters }: Introspection,
  { named, ofInstances }: WantedAdapters,
): Set<string> {
  const offered = adapters.map(
    (adapter): OfferedAdapter => ({
      spec: specOf(adapter),
      name: adapter.name,
      class: adapter.class,
      task: adapter.task_name,
      methods: adapter.methods,
      verdict: matchAdapter(surface, adapter.protocol_members),
    }),
  );
  for (const wanted of ofInstances) chosenAdapters(capability, offered, wanted);
  const bound = named === null ? bindable(offered) : chosenAdapters(capability, offered, named);
  return new Set(bound.map(({ spec }) => spec));
}
