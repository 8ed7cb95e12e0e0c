import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { SideFailed } from '../measure/sides.ts';

/**
 * A driver: a program that answers each line of JSON on its stdin with one on its stdout, and ends with its
 * stdin. What it answers `{"error": "…"}` to, and what takes longer than it may, ends it and its side.
 */
export class Asked {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #name: string;
  readonly #seconds: number;
  #errors = '';

  constructor(
    name: string,
    [program = '', ...args]: readonly string[],
    { env = process.env, seconds = 120 }: { env?: NodeJS.ProcessEnv; seconds?: number } = {},
  ) {
    this.#name = name;
    this.#seconds = seconds;
    // A group of its own, so that what it started ends with it.
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env, detached: true });
    this.#child.stdin!.on('error', () => {});
    // What a driver that died had no time to end itself.
    this.#child.on('exit', () => this.#kill());
    this.#child.on('error', (error) => {
      this.#errors = error.message;
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      if (process.env['CAPSTAN_BENCH_VERBOSE'] !== undefined) process.stderr.write(text);
      this.#errors = (this.#errors + text).slice(-2_000);
    });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Throws SideFailed where there is no good answer in time. */
  async ask<Answer>(
    request: { do: string } & { [name: string]: unknown },
    seconds = this.#seconds,
  ): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, seconds * 1_000, 'late');
    });
    const answered = await Promise.race([this.#answers.next(), late]);
    clearTimeout(timer);
    if (answered === 'late') {
      this.#kill();
      throw new SideFailed(`${this.#name} did not answer ${request.do} within ${seconds} s`);
    }
    if (answered.done === true) {
      throw new SideFailed(`${this.#name} ended: ${this.#errors.trim().split('\n').at(-1) ?? ''}`);
    }
    const answer = JSON.parse(answered.value) as Answer & { error?: string };
    if (answer.error !== undefined) throw new SideFailed(`${this.#name}: ${answer.error}`);
    return answer;
  }

  /** Lets it end by itself, then ends it. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#kill(), 5_000);
    await ended;
    clearTimeout(timer);
  }

  #kill(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // All of them have ended.
    }
  }
}
