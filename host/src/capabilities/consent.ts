import {
  type ConsentQuestion,
  type EnvironmentPlan,
  fetchTools,
  type Machine,
} from '../environments/index.ts';
import { messageOf } from '../errors.ts';
import type { InstallEvent, InstallOptions } from './install.ts';
import { type Prepared, prepareWithoutUv } from './prepare.ts';

/**
 * Each question once, whatever it is needed for. Where the answer is no, or the tool cannot be had after
 * all, the environment is planned without it.
 */
export async function askConsent(
  todo: readonly Prepared[],
  machine: Machine,
  options: InstallOptions,
): Promise<Prepared[]> {
  const answers = new Map<ConsentQuestion['id'], Promise<boolean>>();
  const ready: Prepared[] = [];
  for (const prepared of todo) {
    const { plan, declaration } = prepared;
    if (plan.consent === null || options.signal?.aborted) {
      ready.push(prepared);
      continue;
    }
    const tell: Tell = (stage, message) =>
      options.onProgress({ capability: declaration.name, stage, message });
    const { consent } = plan;
    const answer = answers.get(consent.id) ?? obtain(plan, consent, machine, options, tell);
    answers.set(consent.id, answer);
    // oxlint-disable-next-line no-await-in-loop -- one question at a time
    const next = (await answer) ? prepared : await prepareWithoutUv(prepared, machine);
    for (const note of next.plan.notes) tell('plan', note);
    ready.push(next);
  }
  return ready;
}

export type Tell = (stage: InstallEvent['stage'], message: string) => void;

/** Whether the tool is here now. That it could not be fetched is no reason to give up: pip may do. */
async function obtain(
  plan: EnvironmentPlan,
  question: ConsentQuestion,
  machine: Machine,
  { consent, signal }: InstallOptions,
  tell: Tell,
): Promise<boolean> {
  if (!(await consent(question))) return false;
  try {
    await fetchTools(plan, machine, {
      signal,
      onProgress: ({ stage, message }) => tell(stage, message),
    });
    return true;
  } catch (error) {
    if (signal?.aborted) return true; // nothing is built any more, with or without the tool
    tell('plan', messageOf(error));
    return false;
  }
}
