import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program that answers each line of JSON on its stdin with one on its stdout. */
export class Asked {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #name: string;

  constructor(name: string, program: string, args: string[], showErrors = true) {
    this.#name = name;
    this.#child = spawn(program, args, {
      stdio: ['pipe', 'pipe', showErrors ? 'inherit' : 'ignore'],
    });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async ask<Answer>(request: { do: string } & { [name: string]: unknown }): Promise<Answer> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`${this.#name} ended`);
    const answer = JSON.parse(value) as Answer & { error?: string };
    if (answer.error !== undefined) throw new Error(`${this.#name}: ${answer.error}`);
    return answer;
  }

  close(): void {
    this.#child.stdin?.end();
  }
}
