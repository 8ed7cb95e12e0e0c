import type { PhaseOptions } from '../http/surface.ts';
import type { Context } from './context.ts';
import { Interruption } from './interruption.ts';
import { LiveArea } from './terminal/live.ts';
import { oneLine } from './terminal/plain.ts';
import { wantsMotion } from './terminal/style.ts';
import { truncate } from './terminal/width.ts';

/** Something that may take long and tells on the way how far it is; Ctrl-C gives it up. */
export async function longWork<T>(
  context: Context,
  name: string,
  work: (options: Required<PhaseOptions>) => Promise<T>,
): Promise<T> {
  const interruption = new Interruption(context.io, (text) => context.say(text), null);
  const stop = new AbortController();
  interruption.cancelWith(async (reason) => stop.abort(new Error(reason)));
  const told = phasesOf(context, name);
  try {
    const answer = await interruption.unlessForced(
      work({ signal: stop.signal, onProgress: told.onProgress }),
    );
    interruption.check();
    return answer;
  } catch (error) {
    // What was given up is told as that, and not as what came of it.
    interruption.check();
    throw error;
  } finally {
    told.close();
    interruption.release();
  }
}

interface Told {
  onProgress: (progress: number, message: string) => void;
  close: () => void;
}

function phasesOf(context: Context, name: string): Told {
  if (context.json) return { onProgress: () => {}, close: () => {} };
  return wantsMotion(context.io.env, context.io.stderr)
    ? live(context, name)
    : lines(context, name);
}

const worded = (name: string, progress: number, message: string): string => {
  const percent = progress < 0 ? '' : ` ${Math.round(progress * 100)} %`;
  return oneLine(`${name}:${percent}${message === '' ? '' : ` ${message}`}`);
};

/** One line that is written over, and gone at the end. */
function live({ io, talkStyle }: Context, name: string): Told {
  const area = new LiveArea(io.stderr);
  return {
    onProgress: (progress, message) => {
      const line = truncate(worded(name, progress, message), Math.max(1, io.stderr.columns - 1));
      area.paint([talkStyle.dim(line)]);
    },
    close: () => {
      area.paint([]);
      area.finish();
    },
  };
}

/** A line for each new phase; what only counts seconds or percents is told once. */
function lines({ say, talkStyle }: Context, name: string): Told {
  let last = '';
  return {
    onProgress: (_, message) => {
      const phase = message.replaceAll(/[\d.]+/g, '#');
      if (phase === last || message === '') return;
      last = phase;
      say(talkStyle.dim(worded(name, -1, message)));
    },
    close: () => {},
  };
}
