import type { Context } from '../../../context.ts';
import { eventDocument } from '../../../event-document.ts';
import type { HostEvent } from '../../../runtime.ts';
import type { View } from './view.ts';

/** Every event of the run as a line of NDJSON on stdout. */
export class EventStream implements View {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  changed(): void {}
  note(): void {}

  event(event: HostEvent): void {
    this.#context.io.stdout.write(`${JSON.stringify(eventDocument(event))}\n`);
  }

  close(): void {}
}
