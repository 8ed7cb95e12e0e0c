import type { JsonObject } from '@capstan/protocol';
import type { RawJournalRow } from '../journal/chain.ts';
import { columnOf } from '../journal/values.ts';
import type { Sqlite } from '../sqlite.ts';

/** The default instance has the name of its capability, and no name of its own. */
export const instanceOf = ({
  instance,
  capability,
}: Pick<RawJournalRow, 'instance' | 'capability'>): string | null => instance ?? capability;

/** What was said of an instance at run time. Of one that is forgotten nothing was said. */
export function projectInstance(db: Sqlite, raw: RawJournalRow, payload: JsonObject): void {
  const id = instanceOf(raw);
  if (raw.event_type === 'instance_forgotten') {
    db.run('DELETE FROM instances WHERE instance_id = ?', id);
    return;
  }
  db.run(
    `INSERT INTO instances (instance_id, capability, enabled, changed_at) VALUES (?, ?, 1, ?)
     ON CONFLICT (instance_id) DO UPDATE SET changed_at = excluded.changed_at`,
    id,
    raw.capability,
    raw.ts,
  );
  switch (raw.event_type) {
    case 'instance_configured':
      db.run(
        'UPDATE instances SET config = ?, config_whole = ? WHERE instance_id = ?',
        columnOf(payload, 'config'),
        payload['whole'] === true ? 1 : 0,
        id,
      );
      return;
    case 'instance_env_set':
      db.run('UPDATE instances SET env = ? WHERE instance_id = ?', columnOf(payload, 'env'), id);
      return;
    default:
      db.run(
        'UPDATE instances SET enabled = ? WHERE instance_id = ?',
        raw.event_type === 'instance_enabled' ? 1 : 0,
        id,
      );
  }
}
