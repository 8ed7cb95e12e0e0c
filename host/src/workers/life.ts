import { invariant } from '../errors.ts';
import { sessionMark } from './marks.ts';
import { describeEnd, type WorkerExit } from './ending.ts';
import type { Guard } from './guard.ts';
import type { ProcessEnd } from './handshake.ts';
import { oomKillsOfLate, watchOomKills } from './oom.ts';
import type { OutputPump } from './output.ts';
import type { SocketFolder } from './socket.ts';
import type { Child } from './spawn.ts';
import { killTree, type Tree } from './tree.ts';

/** After the tree is gone its pipes end at once, unless a process escaped with them. */
const lastOutputMs = 500;

export interface LifeParts {
  child: Child;
  session: string;
  socket: SocketFolder;
  pump: OutputPump;
  guard: Guard;
}

/**
 * One worker process and everything it starts, from spawn to the last of them. However the worker itself
 * ends, what is left of its tree is killed then, and only when nothing is left has it `exited`.
 */
export class Life {
  readonly pid: number;
  /** The end of the worker process itself. */
  readonly ended: Promise<ProcessEnd>;
  /** The end of its whole tree. */
  readonly exited: Promise<WorkerExit>;
  readonly tree: Tree;
  readonly #parts: LifeParts;
  #wasStopped = false;
  #hasEnded = false;

  constructor(parts: LifeParts) {
    this.#parts = parts;
    const { child, session, guard } = parts;
    invariant(child.pid !== undefined, 'a process that was spawned has a pid');
    this.pid = child.pid;
    this.tree = { pid: this.pid, mark: sessionMark(session) };
    const { promise, resolve } = Promise.withResolvers<ProcessEnd>();
    this.ended = promise;
    child.once('exit', (code, signal) => {
      this.#hasEnded = true;
      resolve({ code, signal });
    });
    guard.watch(this.pid);
    watchOomKills();
    this.exited = this.ended.then((end) => this.#cleanUp(end));
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Its end, when it comes, is our doing. */
  expectEnd(): void {
    this.#wasStopped = true;
  }

  async kill(): Promise<WorkerExit> {
    await killTree(this.tree);
    return this.exited;
  }

  async #cleanUp(end: ProcessEnd): Promise<WorkerExit> {
    const { pump, guard, socket } = this.#parts;
    const survivors = await killTree(this.tree);
    await pump.end(lastOutputMs);
    guard.forget(this.pid);
    await socket.remove();
    return { ...end, ...(await this.describe(end)), survivors };
  }

  /** Its end in words, and whether trying again may help. */
  async describe(end: ProcessEnd): Promise<Pick<WorkerExit, 'message' | 'category'>> {
    const oomKills = end.signal === 'SIGKILL' ? await oomKillsOfLate() : 0;
    const lastLines = this.#parts.pump.lastLines();
    return describeEnd(end, { wasStopped: this.#wasStopped, oomKills, lastLines });
  }
}
