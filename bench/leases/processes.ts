import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** What one of the processes did in its time. */
export interface Served {
  pairs: number;
  /** Commands that did not get through because others were busy. */
  busy: number;
  cpuMicros: number;
}

/**
 * Runs a program in so many processes at once. They start when all are ready, by their `ready` on stdout and our
 * line on stdin, and each prints what it did as JSON at the end.
 */
export async function runBeside(
  count: number,
  program: string,
  args: (n: number) => string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Served[]> {
  const path = join(import.meta.dirname, 'programs', program);
  const started = Array.from({ length: count }, (_, n) => {
    const child = spawn(process.execPath, [path, ...args(n)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
    });
    let said = '';
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<Served>();
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('ready\n')) ready.resolve();
    });
    child.on('close', (code) => {
      if (code === 0) ended.resolve(JSON.parse(said.slice('ready\n'.length)) as Served);
      else ended.reject(new Error(`${program} ended with ${code}: ${said}`));
      ready.resolve();
    });
    return { child, ready: ready.promise, ended: ended.promise };
  });
  await Promise.all(started.map(({ ready }) => ready));
  for (const { child } of started) child.stdin.end('go\n');
  return Promise.all(started.map(({ ended }) => ended));
}

export const spreadOfServed = (served: readonly Served[]): number => {
  const pairs = served.map((each) => each.pairs);
  return Math.max(...pairs) / Math.min(...pairs);
};

export const perSecond = (served: readonly Served[], seconds: number): number =>
  served.reduce((sum, { pairs }) => sum + pairs, 0) / seconds;
