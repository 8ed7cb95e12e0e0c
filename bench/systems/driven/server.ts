import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * A system's server, a child of its driver: it ends with the driver whatever happens to that, since both are
 * in one process group that the bench ends as a whole.
 */
export class Server {
  readonly #child: ChildProcess;
  readonly #name: string;
  #output = '';

  constructor(
    name: string,
    [program = '', ...args]: readonly string[],
    options: { cwd: string; uid?: number; gid?: number; env?: NodeJS.ProcessEnv },
  ) {
    this.#name = name;
    this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    this.#child.on('error', ({ message }) => this.#note(`${message}\n`));
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => this.#note(text));
    process.once('exit', () => this.#child.kill('SIGKILL'));
  }

  /** The last that it printed. */
  get output(): string {
    return this.#output;
  }

  /** Asks again and again until there is an answer; what is thrown meanwhile is "not yet". */
  async until<Answer>(ready: () => Promise<Answer> | Answer, seconds = 30): Promise<Answer> {
    const late = performance.now() + seconds * 1_000;
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- that is what it is for
        return await ready();
      } catch (error) {
        const { exitCode, signalCode } = this.#child;
        if (exitCode !== null || signalCode !== null || performance.now() > late) {
          const reason = this.#output.trim().split('\n').at(-1) || String(error);
          throw new Error(`${this.#name} does not start: ${reason}`, { cause: error });
        }
      }
      // oxlint-disable-next-line no-await-in-loop -- that is what it is for
      await pause(20);
    }
  }

  /** The server and its processes. */
  pids(): number[] {
    const { pid } = this.#child;
    if (pid === undefined) return [];
    return [pid, ...childrenOf(pid)];
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3_000);
    await ended;
    clearTimeout(timer);
  }

  #note(text: string): void {
    this.#output = (this.#output + text).slice(-64_000);
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter((each) => each.trim() !== '')
      .map(Number);
  } catch {
    return [];
  }
}
