export type { CancelAnswer, HostSurface, JobRequest, Place } from '../../http/surface.ts';
export { isHostRunning } from './is-host-running.ts';
export { type AskedHost, type HostWish, withHost } from './with-host.ts';
