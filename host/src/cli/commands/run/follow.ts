import type { Composition, HostEvent, RunReport } from '../../runtime.ts';
import { graft, plant } from '../../tree/plant.ts';
import { reduce } from '../../tree/reduce.ts';
import type { Tree } from '../../tree/tree.ts';

export interface Viewer {
  changed(before: Tree, after: Tree): void;
  event(event: HostEvent): void;
}

/** One run as its events tell it: what came so far, as a tree, and how far it came, as a cursor. */
export class Follow {
  tree: Tree;
  /** The journal up to here has been told. */
  cursor = 0;
  readonly #viewer: Viewer;
  readonly #nowMs: () => number;

  constructor(tree: Tree, viewer: Viewer, nowMs: () => number) {
    this.tree = tree;
    this.#viewer = viewer;
    this.#nowMs = nowMs;
  }

  planned(composition: Composition): void {
    this.#become({ ...plant(composition, this.tree.startedAtMs), notice: this.tree.notice });
  }

  /** `report`, read just now, is given for a run taken up again: whatever came before is in it. */
  submitted(runId: string, report: RunReport | null): void {
    if (report === null) this.#become({ ...this.tree, runId, state: 'running' });
    else this.#become(graft(this.tree, report));
  }

  event(event: HostEvent): void {
    if ('seq' in event) this.cursor = event.seq;
    if (event.type !== 'dropped' && event.runId !== this.tree.runId) return;
    this.#viewer.event(event);
    this.#become(reduce(this.tree, event, this.#nowMs()));
  }

  notice(text: string): void {
    this.#become({ ...this.tree, notice: text });
  }

  #become(next: Tree): void {
    const before = this.tree;
    if (next === before) return;
    this.tree = next;
    this.#viewer.changed(before, next);
  }
}
