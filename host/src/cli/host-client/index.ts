export type { CancelAnswer, HostSurface, JobRequest, Place } from '../../http/surface.ts';
export { isHostRunning } from './is-host-running.ts';
export { type Client, isLost, openClient } from './open-client.ts';
export { saySlow } from './say-slow.ts';
export { type AskedHost, type HostWish, withHost } from './with-host.ts';
