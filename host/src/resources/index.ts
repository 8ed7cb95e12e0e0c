export type { MonitorMethod } from './capability.ts';
export { Monitor, type MonitorCapability, type MonitorOptions } from './monitor.ts';
export {
  descendantsOf,
  environmentOf,
  isDyingOrDead,
  type LiveProcess,
  liveProcesses,
  marked,
  peakRssOf,
} from './processes.ts';
export type {
  DiskSnapshot,
  GpuProcess,
  GpuSnapshot,
  MachineSnapshot,
} from './snapshot.ts';
export type { MonitorSource } from './source.ts';
export type { TreeUse } from './trees.ts';
