export { GpuMeter } from './meter.ts';
export { nothing } from './source.ts';
