import { type Desk, nobody } from './desk.ts';
import type { Instance } from './instance.ts';
import type { UnloadOptions } from './requests.ts';
import { goneInstance, type Known } from './roster.ts';
import { tell } from './voice.ts';

/**
 * Ends the worker of an instance when its calls have ended; those that come meanwhile wait, and start it again.
 * A start that is under way is given up. A generated instance is gone then; another one where it is asked for,
 * with all that was said of it.
 */
export async function unload(desk: Desk, id: string, options: UnloadOptions): Promise<void> {
  const { roster } = desk;
  const known = roster.known(id);
  roster.live(id)?.abandonStart();
  await roster.alone(id, async () => {
    const live = roster.live(id);
    const closure = {
      why: `waiting for the end of ${id}, which is unloaded`,
      state: 'stopping',
    } as const;
    const end = () => endOf(desk, known, live, options);
    await (live === undefined ? end() : live.inQuiet(closure, options.signal, end));
  });
}

async function endOf(
  { roster, around }: Desk,
  { id, capability, kind }: Known,
  live: Instance | undefined,
  { forget = false, actor = nobody }: UnloadOptions,
): Promise<void> {
  const session = live?.tenure?.worker.session ?? null;
  await live?.stop();
  if (live !== undefined && session !== null) {
    tell(around, live.setup, 'instance_unloaded', session, { kind, forget }, actor);
  }
  if (!forget && kind !== 'generated') return;
  if (around.records.one(id) !== null) await around.records.forget({ instance: id, actor });
  roster.drop(id);
  // What waits in front of it goes on with what is declared, or hears that it is gone.
  const declared = roster.find(id);
  if (declared !== null) {
    live?.give(roster.setupOf(declared));
    return;
  }
  await live?.close(goneInstance(id, capability));
  roster.forgetLive(id);
}
