import { HostError } from '../../../errors.ts';
import type { Transaction } from '../transaction.ts';

/** Refuses new work for instances that somebody has disabled. Throws CAPABILITY_DISABLED, naming all of them. */
export function assertEnabled(tx: Transaction, instances: Iterable<string>): void {
  const disabled = [...new Set(instances)].filter((instance) => isDisabled(tx, instance));
  const [first] = disabled;
  if (first === undefined) return;
  const names = disabled.map((instance) => `\`${instance}\``).join(', ');
  throw new HostError(
    'CAPABILITY_DISABLED',
    disabled.length === 1 ? `${names} is disabled` : `${names} are disabled`,
    { hint: `\`capstan enable ${first}\` lets it work again.`, details: { disabled } },
  );
}

export const isDisabled = (tx: Transaction, instance: string): boolean =>
  tx.db.one('SELECT 1 FROM instances WHERE instance_id = ? AND enabled = 0', instance) !==
  undefined;
