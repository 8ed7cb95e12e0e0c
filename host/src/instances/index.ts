export type { InstanceState, InstanceView } from './instance.ts';
export { Instances } from './instances.ts';
export { removeOldCallDirs } from './leftovers.ts';
export type { Surroundings } from './surroundings.ts';
