import type { Context } from '../../context.ts';
import { LiveArea } from '../../terminal/live.ts';
import { oneLine } from '../../terminal/plain.ts';
import { wantsColor, wantsMotion } from '../../terminal/style.ts';
import { changes } from '../../tree/changes.ts';
import { render } from '../../tree/render.ts';
import type { Tree } from '../../tree/tree.ts';
import { looseId, type Scene } from './scene.ts';

/** How everything that goes on is shown. */
export interface SceneView {
  begin(scene: Scene): void;
  changed(before: Tree, after: Tree): void;
  note(text: string): void;
  /** Leaves the last picture in place. */
  close(): void;
}

export function sceneViewFor(context: Context, options: { watch?: boolean }): SceneView {
  const { io, json } = context;
  if (json) return silent;
  return wantsMotion(io.env, io.stderr)
    ? new LiveScene(context)
    : new SceneLines(context, options.watch === true);
}

const silent: SceneView = { begin: () => {}, changed: () => {}, note: () => {}, close: () => {} };

/** A line per change, each with the run it is about. */
class SceneLines implements SceneView {
  readonly #context: Context;
  readonly #everyTenth: boolean;

  constructor(context: Context, everyTenth: boolean) {
    this.#context = context;
    this.#everyTenth = everyTenth;
  }

  begin(): void {}

  changed(before: Tree, after: Tree): void {
    const lines = changes(before, after, { everyTenth: this.#everyTenth });
    const own = `${after.name}: `;
    const isNamed = (line: string): boolean => after.runId === looseId || line.startsWith(own);
    this.#context.say(...lines.map((line) => (isNamed(line) ? line : `${own}${line}`)));
  }

  note(text: string): void {
    this.#context.say(oneLine(text));
  }

  close(): void {}
}

const frameMs = 100;

/** The trees one below the other, redrawn in place; those that are over as their first line. */
class LiveScene implements SceneView {
  readonly #context: Context;
  readonly #area: LiveArea;
  readonly #stopTimer: () => void;
  #scene: Scene | null = null;
  #isOpen = true;

  constructor(context: Context) {
    this.#context = context;
    this.#area = new LiveArea(context.io.stderr);
    this.#stopTimer = context.io.every(frameMs, () => this.#draw());
  }

  begin(scene: Scene): void {
    this.#scene = scene;
    this.#draw();
  }

  changed(): void {}

  note(text: string): void {
    this.#area.above(oneLine(text));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stopTimer();
    this.#draw();
    this.#area.finish();
  }

  #draw(): void {
    if (this.#scene === null) return;
    const { io, globals, unicode } = this.#context;
    let rows = Math.max(3, io.stderr.rows - 2);
    const lines: string[] = [];
    // Those that go on are at the end of the list, and are given room first.
    for (const tree of this.#scene.trees.toReversed()) {
      if (rows < 1) break;
      const shown = render(tree, {
        columns: io.stderr.columns - 1,
        rows: tree.state === 'running' ? Math.max(2, rows) : 1,
        color: wantsColor(globals.color, io.env, io.stderr),
        unicode,
        nowMs: io.nowMs(),
      });
      const drawn = tree.state === 'running' ? shown : shown.slice(0, 1);
      lines.unshift(...drawn);
      rows -= drawn.length;
    }
    this.#area.paint(lines);
  }
}
