import { limits } from './limits.ts';

export interface Route {
  method: 'GET' | 'POST';
  path: string;
  /** `changes`: something is recorded, so only as a POST with a JSON body. */
  effect: 'reads' | 'changes';
  /** The longest body; 0 for none. */
  bodyBytes: number;
}

const reads = (path: string): Route => ({ method: 'GET', path, effect: 'reads', bodyBytes: 0 });
const changes = (path: string, bodyBytes: number = limits.smallBodyBytes): Route => ({
  method: 'POST',
  path,
  effect: 'changes',
  bodyBytes,
});

/** All that can be asked over the control socket. What is not in this table is not there. */
export const routes = {
  health: reads('/v1/health'),
  stats: reads('/v1/stats'),
  resources: reads('/v1/resources'),
  resetProfiles: changes('/v1/profiles/reset'),
  job: reads('/v1/jobs/:id'),
  run: reads('/v1/runs/:id'),
  events: reads('/v1/events'),
  submit: changes('/v1/jobs', limits.bodyBytes),
  stream: changes('/v1/stream', limits.bodyBytes),
  decide: changes('/v1/jobs/:id/decide'),
  reorder: changes('/v1/jobs/:id/reorder'),
  cancel: changes('/v1/cancel'),
  startRun: changes('/v1/runs', limits.bodyBytes),
  retryRun: changes('/v1/runs/:id/retry', limits.bodyBytes),
  replaceRun: changes('/v1/runs/:id/replace', limits.bodyBytes),
  resumeRun: changes('/v1/runs/:id/resume'),
  setEnabled: changes('/v1/instances/:name'),
  instances: reads('/v1/instances'),
  load: changes('/v1/load', limits.bodyBytes),
  loadAll: changes('/v1/loads', limits.bodyBytes),
  unload: changes('/v1/instances/:name/unload'),
  unloadAll: changes('/v1/unloads'),
  reload: changes('/v1/instances/:name/reload'),
  config: reads('/v1/instances/:name/config'),
  configure: changes('/v1/instances/:name/config', limits.bodyBytes),
  configOptions: changes('/v1/instances/:name/options'),
  prefetch: changes('/v1/instances/:name/prefetch'),
  setEnv: changes('/v1/instances/:name/env'),
  secretsChanged: changes('/v1/capabilities/:name/secrets-changed'),
  unlockSecrets: changes('/v1/secrets/unlock'),
  leases: reads('/v1/leases'),
  acquireLease: changes('/v1/leases', limits.leaseBodyBytes),
  releaseLease: changes('/v1/leases/:id/release'),
  renewLease: changes('/v1/leases/:id/renew'),
  adoptLease: changes('/v1/leases/:id/adopt'),
  haltLease: changes('/v1/leases/:id/halt'),
  checkLease: changes('/v1/leases/:id/check'),
  spawnLease: changes('/v1/spawns', limits.leaseBodyBytes),
  leaseLog: reads('/v1/lease-log'),
  compactLeases: changes('/v1/lease-log/compact'),
  verifyLeases: reads('/v1/lease-log/verify'),
  shutdown: changes('/v1/shutdown'),
} as const satisfies { [name: string]: Route };

export type RouteName = keyof typeof routes;
