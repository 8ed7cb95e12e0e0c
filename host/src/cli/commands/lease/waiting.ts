import type { Waits } from '../../../index.ts';
import type { Context } from '../../context.ts';
import { LiveArea } from '../../terminal/live.ts';
import { oneLine } from '../../terminal/plain.ts';
import { duration } from '../../terminal/quantities.ts';
import { wantsMotion } from '../../terminal/style.ts';
import { truncate } from '../../terminal/width.ts';

export interface ToldWaiting {
  /** Why it waits, as often as that changes. */
  onWaiting: (why: Waits) => void;
  close: () => void;
}

/** Says on stderr who is waited for: in a terminal on one line that is kept up to date, in a pipe a line per change. */
export function tellWaiting(context: Context, waitMs: number): ToldWaiting {
  if (context.json) return { onWaiting: () => {}, close: () => {} };
  return wantsMotion(context.io.env, context.io.stderr)
    ? live(context, waitMs)
    : lines(context, waitMs);
}

function live({ io, talkStyle }: Context, waitMs: number): ToldWaiting {
  const area = new LiveArea(io.stderr);
  const since = io.nowMs();
  let reason: string | null = null;
  const paint = (): void => {
    if (reason === null) return;
    const leftMs = Math.max(0, since + waitMs - io.nowMs());
    const line = `waiting ${duration(io.nowMs() - since)}, ${duration(leftMs)} at most: ${reason}`;
    area.paint([talkStyle.dim(truncate(line, Math.max(1, io.stderr.columns - 1)))]);
  };
  const stop = io.every(500, paint);
  return {
    onWaiting: (why) => {
      reason = oneLine(why.reason);
      paint();
    },
    close: () => {
      stop();
      area.paint([]);
      area.finish();
    },
  };
}

/** What only counts on is no change. */
function lines({ say, talkStyle }: Context, waitMs: number): ToldWaiting {
  let last = '';
  return {
    onWaiting: (why) => {
      const reason = oneLine(why.reason);
      const what = `${why.code} ${reason.replaceAll(/\d+(\.\d+)? ?(ms|s|min|m|h|d)\b/g, '#')}`;
      if (what === last) return;
      last = what;
      say(talkStyle.dim(`waiting, ${duration(waitMs)} at most: ${reason}`));
    },
    close: () => {},
  };
}
