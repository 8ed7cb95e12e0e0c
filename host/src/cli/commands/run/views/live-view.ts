import type { Context } from '../../../context.ts';
import { LiveArea } from '../../../terminal/live.ts';
import { oneLine } from '../../../terminal/plain.ts';
import { wantsColor } from '../../../terminal/style.ts';
import { render } from '../../../tree/render.ts';
import type { Tree } from '../../../tree/tree.ts';
import type { View } from './view.ts';

const frameMs = 100;

/** The tree on a terminal, redrawn at most ten times a second: on change, and for the clocks on it. */
export class LiveView implements View {
  readonly #context: Context;
  readonly #area: LiveArea;
  readonly #stopTimer: () => void;
  #tree: Tree;
  #isOpen = true;

  constructor(context: Context, first: Tree) {
    this.#context = context;
    this.#area = new LiveArea(context.io.stderr);
    this.#tree = first;
    this.#draw();
    this.#stopTimer = context.io.every(frameMs, () => this.#draw());
  }

  changed(_before: Tree, after: Tree): void {
    this.#tree = after;
  }

  event(): void {}

  note(text: string): void {
    this.#area.above(oneLine(text));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stopTimer();
    // A run that never began leaves no picture: the error that follows says all.
    if (this.#tree.runId === null) this.#area.paint([]);
    else this.#draw(Number.POSITIVE_INFINITY);
    this.#area.finish();
  }

  #draw(rows = this.#context.io.stderr.rows - 1): void {
    const { io, globals, unicode } = this.#context;
    this.#area.paint(
      render(this.#tree, {
        columns: io.stderr.columns - 1,
        rows,
        color: wantsColor(globals.color, io.env, io.stderr),
        unicode,
        nowMs: io.nowMs(),
      }),
    );
  }
}
