import { spawn } from 'node:child_process';
import { capstan } from './capstan.ts';

/** `capstan up` in a workspace, in a process of its own; there when this resolves. */
export async function startHost(
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<{ pid: number; close: () => Promise<void> }> {
  const host = spawn(process.execPath, [capstan, 'up'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const isUp = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let text = '';
  const hear = (chunk: Buffer): void => {
    text += chunk.toString();
    if (text.includes('Up as process')) isUp.resolve();
  };
  host.stdout.on('data', hear);
  host.stderr.on('data', hear);
  host.on('close', () => {
    ended.resolve();
    isUp.reject(new Error(`the host ended: ${text}`));
  });
  await isUp.promise;
  return {
    pid: host.pid ?? 0,
    close: async () => {
      host.kill('SIGTERM');
      await ended.promise;
    },
  };
}
