import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Sample } from '../measure/sides.ts';

export const capstan = fileURLToPath(new URL('../../host/bin/capstan.cjs', import.meta.url));

/** Milliseconds of a whole program, from its start to its end. Throws where it does not end well. */
export function timed(
  program: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Sample {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, { ...options, encoding: 'utf8' });
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return { wall };
}
