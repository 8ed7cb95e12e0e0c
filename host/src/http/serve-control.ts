import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { machinePaths, workspacePaths } from '../paths.ts';
import { type Controllable, controlApp } from './control.ts';
import { readHostInfo, writeHostInfo } from './host-info.ts';

export interface ControlServer {
  socket: string;
  close(): Promise<void>;
}

/**
 * Listens on the control socket of a workspace and says so in `host.json`. To be called by the owner of the
 * workspace's lock only: it removes the socket a dead host left behind.
 */
export async function serveControl(
  host: Controllable,
  root: string,
  env: { readonly [name: string]: string | undefined },
): Promise<ControlServer> {
  const paths = workspacePaths(root);
  const socket = await clearedSocketPath(machinePaths(env).runtimeDir, root);
  const token = randomBytes(32).toString('base64url');
  const startedAt = new Date().toISOString();
  const app = controlApp({
    host,
    token,
    health: () => ({ status: 'running', pid: process.pid, startedAt }),
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  server.listen(socket);
  await once(server, 'listening');
  await chmod(socket, 0o600);
  const known = await readHostInfo(paths);
  await writeHostInfo(paths, { pid: process.pid, startedAt, ...known, control: { socket, token } });
  return {
    socket,
    close: async () => {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await rm(socket, { force: true });
    },
  };
}

/** Named by a hash of the workspace, because a socket's path may have about a hundred bytes. */
async function clearedSocketPath(runtimeDir: string, root: string): Promise<string> {
  await mkdir(runtimeDir, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const socket = join(runtimeDir, `host-${name}.sock`);
  await rm(socket, { force: true });
  return socket;
}
