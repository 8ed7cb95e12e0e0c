import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Abilities, System } from '../system.ts';
import { importsFrom } from './packages.ts';

/** What a driver is started with. */
export interface Given {
  /** Loads one of the system's own packages. */
  load: NodeJS.Require;
  /** Where those are. */
  packages: string;
  /** An empty folder on the disk that is measured. */
  data: string;
  /** The program of the system's server, where that is not in its packages. */
  program: string;
}

/**
 * The whole of a driver's process: answers a line of JSON on stdin with one on stdout. When stdin ends, which
 * it does however the bench ends, it ends the system, removes its data and ends itself, whatever is under way.
 */
export function serve(open: (given: Given) => Promise<System>): void {
  const [packages = '', data = '', program = ''] = process.argv.slice(2);
  // What a package prints must not be taken for an answer.
  console.log = console.error;
  console.info = console.error;
  let system: Promise<System> | undefined;
  const answer = async (line: string): Promise<void> => {
    system ??= open({ load: importsFrom(packages), packages, data, program });
    const told = await system
      .then((opened) => answerTo(JSON.parse(line) as Request, opened))
      .catch((error: unknown) => ({ error: error instanceof Error ? error.message : error }));
    process.stdout.write(`${JSON.stringify(told)}\n`);
  };
  const end = async (): Promise<void> => {
    try {
      await (await system)?.close();
      rmSync(data, { recursive: true, force: true });
    } finally {
      process.exit();
    }
  };
  createInterface({ input: process.stdin })
    .on('line', (line) => void answer(line))
    .on('close', () => void end());
}

interface Request {
  do: 'open' | keyof Abilities;
  args?: unknown[];
}

async function answerTo({ do: ability, args = [] }: Request, system: System): Promise<object> {
  if (ability === 'open') return { version: system.version, durability: system.durability };
  const act: ((...args: never[]) => Promise<unknown>) | undefined = system[ability];
  if (act === undefined) throw new Error(`it cannot ${ability}`);
  return (await Reflect.apply(act, system, args)) as object;
}
