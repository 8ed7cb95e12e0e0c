export { GpuMeter } from './meter.ts';
export { parseVmStat } from './apple.ts';
export { answerOf, onPath } from './program.ts';
