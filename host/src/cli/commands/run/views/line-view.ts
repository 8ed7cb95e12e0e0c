import type { Context } from '../../../context.ts';
import type { HostEvent } from '../../../runtime.ts';
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
    this.#context.say(
      ...changes(before, after, { everyTenth: this.#everyTenth, style: this.#context.talkStyle }),
    );
  }

  note(text: string): void {
    this.#context.say(oneLine(text));
  }

  /** Nothing else is said of a run whose disk is full, and it goes on for as long as that is. */
  event(event: HostEvent): void {
    if (event.type !== 'phase' || !('held' in event) || !event.held) return;
    const { nodeId, jobId, message } = event;
    this.#context.say(this.#context.talkStyle.yellow(`${nodeId ?? jobId}: ${oneLine(message)}`));
  }

  close(): void {}
}
