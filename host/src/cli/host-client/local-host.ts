import type { Served } from '../../http/handlers.ts';
import type { HostSurface } from '../../http/surface.ts';
import { afterMs } from '../../clock.ts';
import { HostError } from '../../errors.ts';

/** The host in this process, as one that is asked. */
export function localHost(host: Served): HostSurface {
  return {
    submit: async (requests) => host.submit(requests),
    stream: (request, options) => host.stream(request, options),
    wait: async (jobId, options) => host.wait(jobId, options),
    job: async (jobId) => host.job(jobId),
    cancel: async (id, reason) => host.cancel(id, reason),
    decide: async (jobId, decision, actor) => host.decide(jobId, decision, actor),
    reorder: async (jobId, place) => host.reorder(jobId, place),
    setEnabled: async (instance, isEnabled, actor) => host.setEnabled(instance, isEnabled, actor),
    instances: async () => host.instances(),
    load: async (request, options) => host.load(request, options),
    loadAll: async (requests, options) => host.loadAll(requests, options),
    unload: async (id, options) => host.unload(id, options),
    unloadAll: async (ids, options) => host.unloadAll(ids, options),
    reload: async (id, options) => host.reload(id, options),
    configure: async (id, change, options) => host.configure(id, change, options),
    config: async (id) => host.config(id),
    configOptions: async (id, options) => host.configOptions(id, options),
    prefetch: async (id, options) => host.prefetch(id, options),
    setEnv: async (id, env, actor) => host.setEnv(id, env, actor),
    secretsChanged: async (capability) => host.secretsChanged(capability),
    unlockSecrets: async (passphrase) => host.unlockSecrets(passphrase),
    runComposition: async (given, inputs, options) => host.runComposition(given, inputs, options),
    retryRun: async (runId, options) => host.retryRun(runId, options),
    replaceRun: async (runId, options) => host.replaceRun(runId, options),
    resumeRun: async (runId, options) => host.resumeRun(runId, options),
    leases: host.leases,
    report: async (runId) => host.report(runId),
    finished: async (runId, { timeoutMs } = {}) =>
      timeoutMs === undefined
        ? host.finished(runId)
        : within(timeoutMs, host.finished(runId), runId),
    stats: async () => host.stats(),
    resources: async () => host.resources(),
    resetProfiles: async (filter, actor) => host.resetProfiles(filter, actor),
    lastSeq: async () => host.lastSeq(),
    events: (options) => host.events(options),
  };
}

async function within<T>(timeoutMs: number, work: T | Promise<T>, runId: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const callOff = afterMs(timeoutMs, () => late.reject(tooLate(runId, timeoutMs)));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    callOff();
  }
}

const tooLate = (runId: string, timeoutMs: number): HostError =>
  new HostError('DEADLINE_EXCEEDED', `${runId} was not over within ${timeoutMs} ms`, {
    hint: 'It goes on all the same; wait again, or longer.',
    details: { runId },
  });
