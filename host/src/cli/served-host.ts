import type { Served } from '../http/handlers.ts';
import type { ControlServer, HostMode } from '../http/serve-control.ts';
import type { CancelAnswer } from '../http/surface.ts';
import type { Host, Runtime } from './runtime.ts';

export interface ServedHost {
  host: Host;
  control: ControlServer;
  /** Ends the host; what runs may go on for so long. */
  close(options?: { graceMs?: number }): Promise<void>;
}

export interface ServedHostOptions extends HostOptions {
  mode: HostMode;
  /** Told that it does not end at once, because others have work running here. */
  onBusy?: () => void;
  /** Asked to end by `capstan down`. */
  onShutdown?: (graceMs: number | undefined) => void;
}
type HostOptions = Parameters<Runtime['openHost']>[0];

/** The host of a workspace with its control socket: what every other command in this workspace talks to. */
export async function openServedHost(
  runtime: Runtime,
  options: ServedHostOptions,
): Promise<ServedHost> {
  const host = await runtime.openHost(options);
  try {
    const { serveControl } = await import('../http/serve-control.ts');
    const { mode, onShutdown, env } = options;
    const control = await serveControl({
      host: asServed(host),
      root: host.root,
      env,
      mode,
      announce: (address) => host.announce(address),
      ...(onShutdown === undefined ? {} : { onShutdown }),
    });
    return {
      host,
      control,
      close: async (how) => {
        // Clients hear the last events before their connections end.
        control.stopListening();
        const graceMs = how?.graceMs ?? graceForClients(host, control, options.onBusy);
        await host.close({ graceMs });
        await control.close();
      },
    };
  } catch (error) {
    await host.close();
    throw error;
  }
}

/**
 * What others wait for is not cut off because the command that happened to be the host is done: what runs
 * may come to its end. They go on with the rest, the first of them as the next host.
 */
function graceForClients(host: Host, control: ControlServer, onBusy?: () => void): number {
  if (control.busy === 0 || host.stats().lanes.inUse === 0) return 0;
  onBusy?.();
  return longestMs;
}
/** The most a timer can do. */
const longestMs = 2 ** 31 - 1;

/** The host as its control socket and the commands ask it. */
export const asServed = (host: Host): Served => ({
  submit: (requests) => host.submit(requests),
  stream: (request, options) => host.stream(request, options),
  wait: (jobId, options) => host.wait(jobId, options),
  job: (jobId) => host.job(jobId),
  cancel: async (id, reason) => cancelAnswer(id, await host.cancel(id, reason)),
  decide: (jobId, decision, actor) => host.decide(jobId, decision, actor),
  reorder: (jobId, place) => host.reorder(jobId, place),
  setEnabled: (instance, isEnabled, actor) => host.setEnabled(instance, isEnabled, actor),
  instances: async () => {
    await host.look();
    return host.instances();
  },
  load: (request, options) => host.load(request, options),
  loadAll: (requests, options) => host.loadAll(requests, options),
  unload: (id, options) => host.unload(id, options),
  unloadAll: (ids, options) => host.unloadAll(ids, options),
  reload: (id, options) => host.reload(id, options),
  configure: (id, change, options) => host.configure(id, change, options),
  config: (id) => host.config(id),
  configOptions: (id, options) => host.configOptions(id, options),
  prefetch: (id, options) => host.prefetch(id, options),
  setEnv: (id, env, actor) => host.setEnv(id, env, actor),
  secretsChanged: (capability) => host.secretsChanged(capability),
  unlockSecrets: (passphrase) => host.unlockSecrets(passphrase),
  runComposition: (given, inputs, options) => host.runComposition(given, inputs, options),
  retryRun: (runId, options) => host.retryRun(runId, options),
  replaceRun: (runId, options) => host.replaceRun(runId, options),
  resumeRun: (runId, options) => host.resumeRun(runId, options),
  leases: host.leases,
  report: (runId) => host.report(runId),
  finished: (runId) => host.finished(runId),
  stats: () => host.stats(),
  resources: () => host.resources(),
  resetProfiles: (filter, actor) => host.resetProfiles(filter, actor),
  lastSeq: () => host.lastSeq(),
  events: (options) => host.events(options),
});

/** Runs and jobs are answered in different words by the host, and in the same ones here. */
function cancelAnswer(id: string, found: Awaited<ReturnType<Host['cancel']>>): CancelAnswer {
  if (!('kind' in found)) return found;
  return found.kind === 'cancelled'
    ? { state: 'cancelled', aborting: [] }
    : { state: 'running', aborting: [id] };
}
