export { GpuMeter, type GpuMeterOptions } from './meter.ts';
export { nothing } from './source.ts';
