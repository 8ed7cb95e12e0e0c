import type { Json } from '@capstan/protocol';
import { defaults } from '../defaults.ts';
import { HostError } from '../errors.ts';
import type { MonitorMethod } from '../resources/index.ts';
import type { Desk } from './desk.ts';
import { within } from './prefetch.ts';

/** A tool that is no monitor itself may have an adapter that makes it one. */
const monitorTask = 'system-monitor';

/**
 * Asks an instance whose capability watches the machine; it is started if need be. Throws why there is no
 * answer: INSTANCE_NOT_FOUND, MONITOR_FAILED, or what kept its worker from starting.
 */
export function askMonitor({ roster }: Desk, id: string, method: MonitorMethod): Promise<Json> {
  return within(roster.instance(roster.known(id)), {}, async ({ worker, setup }) => {
    const timeoutMs = defaults.monitorAnswerMs;
    const isTask = setup.capability.tasks[monitorTask] !== undefined;
    const outcome = isTask
      ? await worker.ask('POST', '/task', { task: monitorTask, method, kwargs: {} }, { timeoutMs })
      : await worker.ask('POST', `/${method}`, undefined, { timeoutMs });
    if (outcome.kind === 'result') return outcome.value;
    const { error } = outcome;
    throw new HostError('MONITOR_FAILED', `${id}: ${method}: ${error.message}`, {
      category: error.category,
      details: { instance: id, method, error },
    });
  });
}
