import type { Composition, HostEvent, RunReport } from '../../runtime.ts';
import { graft, plant } from '../../tree/plant.ts';
import { reduce } from '../../tree/reduce.ts';
import type { Tree } from '../../tree/tree.ts';

export interface Viewer {
  changed(before: Tree, after: Tree): void;
  event(event: HostEvent): void;
}

/**
 * Follows one run among a host's events. Events of a run can arrive before its id is known here, because
 * they are told at commit; they are kept and told again once it is.
 */
export class Follow {
  tree: Tree;
  readonly #viewer: Viewer;
  readonly #nowMs: () => number;
  #early: HostEvent[] = [];

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
    const early = this.#early;
    this.#early = [];
    if (report === null) {
      this.#become({ ...this.tree, runId, state: 'running' });
      for (const event of early) this.event(event);
    } else this.#become(graft(this.tree, report));
  }

  event(event: HostEvent): void {
    if (this.tree.runId === null) this.#early.push(event);
    else if (event.runId === this.tree.runId) {
      this.#viewer.event(event);
      this.#become(reduce(this.tree, event, this.#nowMs()));
    }
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
