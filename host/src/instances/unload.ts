import { type Desk, nobody } from './desk.ts';
import type { UnloadOptions } from './requests.ts';
import { tell } from './voice.ts';

/**
 * Ends the worker of an instance when its calls have ended; those that come meanwhile wait, and start it again.
 * A start that is under way is given up. A generated instance is gone then; another one where it is asked for,
 * with all that was said of it.
 */
export async function unload(
  { roster, around }: Desk,
  id: string,
  { forget = false, actor = nobody }: UnloadOptions,
): Promise<void> {
  const known = roster.known(id);
  const live = roster.live(id);
  if (live !== undefined) {
    live.abandonStart();
    await live.alone(() =>
      live.inQuiet(
        { why: `waiting for the end of ${id}, which is unloaded`, state: 'stopping' },
        undefined,
        async () => {
          const session = live.tenure?.worker.session ?? null;
          await live.stop();
          const { kind } = known;
          if (session !== null) {
            tell(around, live.setup, 'instance_unloaded', session, { kind, forget }, actor);
          }
        },
      ),
    );
  }
  const isGone = forget || known.kind === 'generated';
  if (isGone && around.records.one(id) !== null) {
    await around.records.forget({ instance: id, actor });
  }
  if (isGone) {
    roster.forgetLive(id);
    roster.drop(id);
  }
}
