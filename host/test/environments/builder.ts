import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EnvironmentRequirement } from '../../src/environments/index.ts';
import type { Paths } from './workbench.ts';

const program = fileURLToPath(new URL('../fixtures/environments/builder.ts', import.meta.url));
export const brokenTool = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/environments/${name}`, import.meta.url));

export interface Line {
  stage?: string;
  message?: string;
  built?: string;
  reused?: boolean;
  failed?: string;
}

/** Another process that builds an environment; it is gone when the test ends. */
export class Builder {
  readonly process: ChildProcess;
  readonly lines: Line[] = [];
  readonly #waiting: { wanted: (line: Line) => boolean; found: (line: Line) => void }[] = [];

  constructor(
    t: TestContext,
    requirement: EnvironmentRequirement,
    paths: Paths,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    const task = JSON.stringify({ requirement, paths });
    this.process = spawn(process.execPath, [program, task], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => this.process.kill('SIGKILL'));
    if (this.process.stdout === null) throw new Error('a builder has a stdout');
    createInterface(this.process.stdout).on('line', (text) => this.#take(JSON.parse(text)));
  }

  /** Resolves with the first line, past or future, that satisfies `wanted`. */
  line(wanted: (line: Line) => boolean): Promise<Line> {
    const past = this.lines.find(wanted);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((found) => this.#waiting.push({ wanted, found }));
  }

  ended = async (): Promise<void> => {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await once(this.process, 'exit');
    }
  };

  #take(line: Line): void {
    this.lines.push(line);
    for (const { wanted, found } of this.#waiting) if (wanted(line)) found(line);
  }
}

/** What lies in the folder of environments, without the locks: nothing, after a build that failed. */
export const environmentsIn = ({ environmentsDir }: Paths): string[] =>
  existsSync(environmentsDir)
    ? readdirSync(environmentsDir).filter((name) => name !== '.locks')
    : [];

/** Resolves when a process is gone; zombies count as gone. */
export async function processGone(pid: number): Promise<void> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- the kernel tells nobody about other people's children
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null || / [ZX] /.test(stat)) return;
    // oxlint-disable-next-line no-await-in-loop
    await wait(10);
  }
}
