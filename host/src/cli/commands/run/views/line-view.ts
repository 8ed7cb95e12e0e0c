import type { Context } from '../../../context.ts';
import { oneLine } from '../../../terminal/plain.ts';
import { changes } from '../../../tree/changes.ts';
import type { Tree } from '../../../tree/tree.ts';
import type { View } from './view.ts';

/** A line on stderr per state change, for pipes and CI; with `--watch`, per tenth of progress too. */
export class LineView implements View {
  readonly #context: Context;
  readonly #everyTenth: boolean;

  constructor(context: Context, first: Tree, everyTenth: boolean) {
    this.#context = context;
    this.#everyTenth = everyTenth;
    context.say(`${first.name}: starting`);
  }

  changed(before: Tree, after: Tree): void {
    this.#context.say(...changes(before, after, { everyTenth: this.#everyTenth }));
  }

  note(text: string): void {
    this.#context.say(oneLine(text));
  }

  event(): void {}
  close(): void {}
}
