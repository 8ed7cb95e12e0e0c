import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { Observation } from '../../machine/observation.ts';
import { LiveArea } from '../../terminal/live.ts';
import { wantsMotion } from '../../terminal/style.ts';
import { frameOf } from './frame.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';

export interface TopOptions {
  once?: boolean;
  interval?: number;
}

export async function top(
  context: Context,
  { once = false, interval = 1_000 }: TopOptions,
): Promise<ExitCode> {
  const observation = new Observation(context);
  const leaving = leavingOf(context);
  const screen = screenOf(context, once);
  try {
    do {
      // oxlint-disable-next-line no-await-in-loop -- a look after the other
      const snapshot = await Promise.race([snapshotOf(context, observation), leaving.left]);
      if (snapshot === null) break;
      screen.show(snapshot);
      if (once) break;
      // oxlint-disable-next-line no-await-in-loop -- see above
      await Promise.race([context.io.stdout.ready(), leaving.left]);
      // oxlint-disable-next-line no-await-in-loop -- see above
      await leaving.after(interval);
    } while (!leaving.isOver());
  } finally {
    screen.close();
    leaving.release();
    observation.close();
  }
  return 0;
}

interface Screen {
  show(snapshot: Snapshot): void;
  close(): void;
}

function screenOf(context: Context, once: boolean): Screen {
  const { io, style, unicode, json, print } = context;
  if (json) {
    return {
      show: (snapshot) => {
        if (once) context.printJson(snapshot);
        else print(JSON.stringify(snapshot));
      },
      close: () => {},
    };
  }
  if (once || !wantsMotion(io.env, io.stdout)) {
    let isFirst = true;
    return {
      show: (snapshot) => {
        const columns = io.stdout.isTTY ? io.stdout.columns : Number.POSITIVE_INFINITY;
        const frame = frameOf(snapshot, { columns, style, unicode }, Number.POSITIVE_INFINITY);
        print(...(isFirst ? [] : ['']), ...frame);
        isFirst = false;
      },
      close: () => {},
    };
  }
  const area = new LiveArea(io.stdout);
  const footer = style.dim('q leaves');
  return {
    show: (snapshot) => {
      const columns = Math.max(20, io.stdout.columns - 1);
      // The line below what is painted is the cursor's.
      const rows = Math.max(3, io.stdout.rows - 1);
      area.paint(frameOf(snapshot, { columns, style, unicode }, rows, footer));
    },
    close: () => area.finish(),
  };
}

interface Leaving {
  left: Promise<null>;
  isOver(): boolean;
  /** Resolves after so long, or when it is left. */
  after(ms: number): Promise<void>;
  release(): void;
}

/** By `q`, Ctrl-C, SIGTERM, or because nobody reads any more. */
function leavingOf({ io, json }: Context): Leaving {
  const { promise: left, resolve } = Promise.withResolvers<null>();
  let isOver = false;
  const leave = (): void => {
    isOver = true;
    resolve(null);
  };
  const releases = [
    io.onSignal('SIGINT', leave),
    io.onSignal('SIGTERM', leave),
    ...(json || !io.stdout.isTTY || !io.stdin.isTTY
      ? []
      : [io.stdin.keys((key) => ['q', 'Q', '\u0003', '\u0004'].includes(key) && leave())]),
  ];
  io.stdout.closed.addEventListener('abort', leave, { once: true });
  return {
    left,
    isOver: () => isOver,
    after: async (ms) => {
      const pause = Promise.withResolvers<void>();
      const callOff = io.after(ms, pause.resolve);
      await Promise.race([pause.promise, left]);
      callOff();
    },
    release: () => {
      for (const release of releases) release();
      io.stdout.closed.removeEventListener('abort', leave);
    },
  };
}
