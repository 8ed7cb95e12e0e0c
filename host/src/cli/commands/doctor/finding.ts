import type { Context } from '../../context.ts';
import type { Environment } from '../../io.ts';
import type { Runtime } from '../../runtime.ts';

/** One thing that was looked at. A warning is worth knowing; a problem stops something from working. */
export interface Finding {
  check: string;
  state: 'ok' | 'warning' | 'problem';
  message: string;
  /** What to type or do about it. */
  fix?: string;
}

/** What a check may look at. */
export interface Patient {
  context: Context;
  runtime: Runtime;
  env: Environment;
  /** Null outside of a workspace. */
  root: string | null;
}

export type Check = (patient: Patient) => Promise<Finding[]>;

export const ok = (check: string, message: string): Finding => ({ check, state: 'ok', message });
export const warning = (check: string, message: string, fix: string): Finding => ({
  check,
  state: 'warning',
  message,
  fix,
});
export const problem = (check: string, message: string, fix: string): Finding => ({
  check,
  state: 'problem',
  message,
  fix,
});
