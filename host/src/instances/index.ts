export type {
  ConfigChange,
  ConfigReport,
  ConfigSource,
  LoadRequest,
  LoadResult,
  ManyOptions,
  PhaseOptions,
  PrefetchReport,
  ReloadOptions,
  UnloadOptions,
  UnloadResult,
} from './requests.ts';
export type { InstanceKind, InstanceState, InstanceView } from './view.ts';
export type { Eviction, Freed } from './evict.ts';
export type { Resident } from './residents.ts';
export { Instances } from './instances.ts';
export { removeOldCallDirs } from './leftovers.ts';
export type { InstanceRecords, Surroundings } from './surroundings.ts';
