import type { Context } from '../../context.ts';
import type { Host } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';
import { duration } from '../../terminal/quantities.ts';

/**
 * Says loudly, on stderr even with `--json`, that the store takes nothing new, why, and what helps; and says
 * when it is over. Returns how to stop.
 */
export function sayWedges({ io, talkStyle }: Context, host: Host): () => void {
  let sinceMs: number | null = null;
  return host.onWedgeChange((cause) => {
    if (cause !== null) {
      sinceMs ??= io.nowMs();
      const lines = [
        talkStyle.red(`NOTHING NEW IS ACCEPTED: ${plain(cause.message)}`),
        ...(cause.hint === undefined ? [] : [`  try: ${plain(cause.hint)}`]),
        '  What runs goes on, and what it comes to is kept. The disk is looked at every second.',
      ];
      io.stderr.write(`${lines.join('\n')}\n`);
    } else if (sinceMs !== null) {
      const lasted = duration(io.nowMs() - sinceMs);
      sinceMs = null;
      io.stderr.write(`${talkStyle.green(`New work is accepted again, after ${lasted}.`)}\n`);
    }
  });
}
