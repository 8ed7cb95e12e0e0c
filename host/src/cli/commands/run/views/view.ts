import type { Context } from '../../../context.ts';
import { wantsMotion } from '../../../terminal/style.ts';
import type { Tree } from '../../../tree/tree.ts';
import type { Viewer } from '../follow.ts';
import type { RunOptions } from '../options.ts';
import { EventStream } from './event-stream.ts';
import { LineView } from './line-view.ts';
import { LiveView } from './live-view.ts';

/** How a run is shown while it goes on. */
export interface View extends Viewer {
  /** Something worth saying that is no state of the run. */
  note(text: string): void;
  /** Leaves the last picture in place. */
  close(): void;
}

export function viewFor(context: Context, first: Tree, options: Pick<RunOptions, 'watch'>): View {
  const { io, json } = context;
  if (json && options.watch === true) return new EventStream(context);
  if (wantsMotion(io.env, io.stderr)) return new LiveView(context, first);
  return json ? silent : new LineView(context, first, options.watch === true);
}

const silent: View = { changed: () => {}, event: () => {}, note: () => {}, close: () => {} };
