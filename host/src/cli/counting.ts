import type { Context } from './context.ts';
import { LiveArea } from './terminal/live.ts';
import { wantsMotion } from './terminal/style.ts';

const quietMs = 500;
const frameMs = 100;

/** One line that counts up while something long is read, on a terminal that can; what is quick shows nothing. */
export class Counting {
  readonly #context: Context;
  readonly #what: string;
  readonly #total: number;
  readonly #area: LiveArea;
  readonly #startedMs: number;
  #paintedMs = 0;

  constructor(context: Context, what: string, total: number) {
    this.#context = context;
    this.#what = what;
    this.#total = total;
    this.#area = new LiveArea(context.io.stderr);
    this.#startedMs = context.io.nowMs();
  }

  readonly at = (count: number): void => {
    const { io, json, talkStyle } = this.#context;
    const nowMs = io.nowMs();
    if (json || !wantsMotion(io.env, io.stderr)) return;
    if (nowMs - this.#startedMs < quietMs || nowMs - this.#paintedMs < frameMs) return;
    this.#paintedMs = nowMs;
    const percent = Math.min(100, Math.floor((count / Math.max(1, this.#total)) * 100));
    const text = `${this.#what}: ${grouped(count)} of ${grouped(this.#total)} rows, ${percent}%`;
    this.#area.paint([talkStyle.dim(text.slice(0, io.stderr.columns - 1))]);
  };

  /** Takes the line away. */
  close(): void {
    if (this.#paintedMs > 0) this.#area.paint([]);
    this.#area.finish();
  }
}

const grouped = (count: number): string => count.toLocaleString('en-US');
