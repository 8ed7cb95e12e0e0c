import type { Context } from '../../context.ts';
import type { Failure } from '../../failure.ts';
import type { Json } from '../../runtime.ts';
import { oneLine, plain } from '../../terminal/plain.ts';

/** What a stream says, a line each: values for people or for a pipe, or frames with `--json`. */
export class Printer {
  readonly #context: Context;
  #count = 0;
  #told = '';
  /** What is told of a job before it is said which: the newest goes behind that. */
  #early: (() => void) | null = null;
  #isAccepted = false;

  constructor(context: Context) {
    this.#context = context;
  }

  job(jobId: string): void {
    this.#isAccepted = true;
    if (this.#context.json) this.#frame({ event: 'job', jobId });
    else this.#talk(`Accepted: ${jobId}`);
    this.#early?.();
  }

  values(values: readonly Json[]): void {
    const { io, json } = this.#context;
    this.#count += values.length;
    const lines = json
      ? values.map((value) => JSON.stringify({ event: 'chunk', value }))
      : values.map((value) => lineOf(value, io.stdout.isTTY));
    io.stdout.write(`${lines.join('\n')}\n`);
  }

  /** For a person who waits for a first line; the lines themselves are news enough. */
  progress(progress: number, message: string): void {
    if (!this.#isAccepted) this.#early = () => this.progress(progress, message);
    else if (this.#context.json) this.#frame({ event: 'progress', progress, message });
    else if (this.#count === 0) this.#talk(message);
  }

  end(): void {
    if (this.#context.json) this.#frame({ event: 'result', value: { values: this.#count } });
  }

  error(error: Failure): void {
    this.#frame({ event: 'error', error });
  }

  #frame(frame: object): void {
    this.#context.io.stdout.write(`${JSON.stringify(frame)}\n`);
  }

  #talk(text: string): void {
    const { io, say, talkStyle } = this.#context;
    if (!io.stderr.isTTY || text === '' || text === this.#told) return;
    this.#told = text;
    say(talkStyle.dim(oneLine(text)));
  }
}

/** Text as it is, a file as its path, anything else as JSON. A terminal is spared control characters. */
function lineOf(value: Json, isTerminal: boolean): string {
  const text = typeof value === 'string' ? value : (pathIn(value) ?? JSON.stringify(value));
  return isTerminal ? plain(text) : text;
}

function pathIn(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { __wire__: kind, data } = value;
  if (kind !== 'capstan.file' || typeof data !== 'object' || data === null) return undefined;
  return 'path' in data ? String(data['path']) : undefined;
}
