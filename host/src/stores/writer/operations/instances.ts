import type { JsonObject } from '@capstan/protocol';
import type { InstanceConfiguration, ProfileFilter } from '../../specs.ts';
import { asPayload, type Transaction } from '../transaction.ts';
import { isDisabled } from './enabled.ts';

/** Whether there is such an instance, and of which capability, is for the caller to know. */
interface OfInstance {
  nowMs: number;
  instance: string;
  capability: string;
  actor: string;
}

/** The default instance is named by its capability alone. */
const columns = ({ instance, capability, actor }: OfInstance) => ({
  capability,
  instance: instance === capability ? null : instance,
  actor,
});

export interface SetInstanceEnabled extends OfInstance {
  enabled: boolean;
}

/**
 * What is disabled takes no new jobs; those that wait for it go on waiting, those that run finish. Saying
 * what is so already is no event.
 */
export function setInstanceEnabled(
  tx: Transaction,
  asked: SetInstanceEnabled,
): { changed: boolean } {
  if (isDisabled(tx, asked.instance) !== asked.enabled) return { changed: false };
  const eventType = asked.enabled ? 'instance_enabled' : 'instance_disabled';
  tx.emit({ eventType, ...columns(asked), payload: {} });
  return { changed: true };
}

export type ConfigureInstance = InstanceConfiguration & { nowMs: number };

/** Records what was set. Whether it is valid is for the caller to know. */
export function configureInstance(tx: Transaction, asked: ConfigureInstance): void {
  const { config, whole } = asked;
  tx.emit({ eventType: 'instance_configured', ...columns(asked), payload: { config, whole } });
}

export interface SetInstanceEnv extends OfInstance {
  /** Visible variables only: a secret has no place here. */
  env: { [name: string]: string } | null;
}

export function setInstanceEnv(tx: Transaction, asked: SetInstanceEnv): void {
  const { env } = asked;
  tx.emit({ eventType: 'instance_env_set', ...columns(asked), payload: { env } });
}

export interface ForgetInstance {
  nowMs: number;
  instance: string;
  actor: string;
}

/** All that was said of an instance at run time is gone with this. Forgetting what is not known is no event. */
export function forgetInstance(
  tx: Transaction,
  { instance, actor, nowMs }: ForgetInstance,
): { forgotten: boolean } {
  const known = tx.db.one<{ capability: string | null }>(
    'SELECT capability FROM instances WHERE instance_id = ?',
    instance,
  );
  if (known === undefined) return { forgotten: false };
  const capability = known.capability ?? instance;
  const payload: JsonObject = {};
  const named = columns({ nowMs, instance, capability, actor });
  tx.emit({ eventType: 'instance_forgotten', ...named, payload });
  return { forgotten: true };
}

export interface ResetProfiles extends ProfileFilter {
  nowMs: number;
  actor: string;
}

/** What is known of past calls of these is forgotten. Forgetting nothing is no event. */
export function resetProfiles(
  tx: Transaction,
  { instance, configHash, actor }: ResetProfiles,
): { count: number } {
  const found = tx.db.all<{ capability: string }>(
    `SELECT capability FROM profiles
     WHERE instance_id = coalesce(?, instance_id) AND config_hash = coalesce(?, config_hash)`,
    instance ?? null,
    configHash ?? null,
  );
  const count = found.length;
  if (count === 0) return { count };
  const capability = instance === undefined ? null : (found[0]?.capability ?? null);
  tx.emit({
    eventType: 'profiles_reset',
    capability,
    instance: instance === undefined || instance === capability ? null : instance,
    configHash: configHash ?? null,
    actor,
    payload: asPayload({ instance, configHash, count }),
  });
  return { count };
}
