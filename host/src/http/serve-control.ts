import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import { machinePaths } from '../paths.ts';
import type { ControlOptions } from './control.ts';
import type { Served } from './handlers.ts';
import type { ControlAddress } from './host-info.ts';
import { limits } from './limits.ts';

/** An `import` of this module loads the whole of undici for three of its exports: 13 MB. */
const { createServer } = process.getBuiltinModule('node:http');

/** What a host was started as: it stays until it is told to go, or ends with its work. */
export type HostMode = 'resident' | 'command';

export interface ControlServerOptions {
  host: Served;
  root: string;
  env: { readonly [name: string]: string | undefined };
  mode: HostMode;
  /** Tells clients where to ask, and with which word. */
  announce: (control: ControlAddress) => void;
  /** Asked to end by a client. */
  onShutdown?: (graceMs: number | undefined) => void;
}

export interface ControlServer {
  socket: string;
  /** Requests that are being answered: clients that wait for something, or hear events. */
  readonly busy: number;
  /** Takes no new clients; those that are there may go on asking. */
  stopListening(): void;
  close(): Promise<void>;
}

/**
 * Listens on the control socket of a workspace and announces it. To be called by the owner of the
 * workspace's lock only: it removes the socket a dead host left behind.
 */
export async function serveControl(options: ControlServerOptions): Promise<ControlServer> {
  const { host, root, env, mode, announce } = options;
  const socket = await clearedSocketPath(machinePaths(env).runtimeDir, root);
  const token = randomBytes(32).toString('base64url');
  const startedAt = new Date().toISOString();
  const answer = answering({
    host,
    token,
    health: () => ({ status: 'running', mode, pid: process.pid, startedAt }),
    shutdown: (graceMs) => {
      if (options.onShutdown === undefined) throw notResident();
      options.onShutdown(graceMs);
    },
  });
  const server = createServer(bounds, answer);
  server.maxConnections = limits.connections;
  server.listen(socket);
  await once(server, 'listening');
  await chmod(socket, 0o600);
  announce({ socket, token });
  const closed = once(server, 'close');
  let busy = 0;
  server.on('request', (_, response) => {
    busy += 1;
    response.once('close', () => (busy -= 1));
  });
  return {
    socket,
    get busy() {
      return busy;
    },
    stopListening: () => {
      server.close();
      server.closeIdleConnections();
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await closed;
      await rm(socket, { force: true });
    },
  };
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** What answers is loaded for the first client: a host that nobody asks anything does without its 15 MB. */
function answering(options: ControlOptions): Listener {
  let loading: Promise<Listener> | null = null;
  return async (request, response) => {
    try {
      const listener = await (loading ??= load(options));
      await listener(request, response);
    } catch (error) {
      response.destroy(error instanceof Error ? error : undefined);
    }
  };
}

async function load(options: ControlOptions): Promise<Listener> {
  const [{ getRequestListener }, { controlApp }] = await Promise.all([
    import('@hono/node-server'),
    import('./control.ts'),
  ]);
  return getRequestListener(controlApp(options).fetch);
}

/** What is held by a client that connects and says nothing, or takes for ever to say it, comes back. */
const bounds = {
  headersTimeout: limits.headersMs,
  requestTimeout: limits.requestMs,
  keepAliveTimeout: limits.keepAliveMs,
  connectionsCheckingInterval: limits.lookMs,
};

/** Named by a hash of the workspace, because a socket's path may have about a hundred bytes. */
async function clearedSocketPath(runtimeDir: string, root: string): Promise<string> {
  await mkdir(runtimeDir, { recursive: true, mode: 0o700 });
  await mustBePrivate(runtimeDir);
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const socket = join(runtimeDir, `host-${name}.sock`);
  if (Buffer.byteLength(socket) > longestSocketBytes) throw tooLong(socket);
  await rm(socket, { force: true });
  return socket;
}

/** 104 bytes on macOS, 108 on Linux; some systems cut a longer path without a word. */
const longestSocketBytes = 100;

const tooLong = (socket: string): HostError =>
  new HostError(
    'FOLDER_NOT_WRITABLE',
    `The control socket's path is longer than a unix socket may have: ${socket}.`,
    { hint: 'Set XDG_RUNTIME_DIR to a folder with a short path.', details: { socket } },
  );

/** In a shared folder such as /tmp somebody else may have made it first, in order to listen in. */
async function mustBePrivate(folder: string): Promise<void> {
  const found = await lstat(folder);
  const isOurs = found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid);
  if (isOurs && (process.platform === 'win32' || (found.mode & 0o077) === 0)) return;
  throw new HostError(
    'FOLDER_NOT_WRITABLE',
    `The folder for sockets, ${folder}, must belong to you, and nobody else may enter it.`,
    { hint: `Remove it, or run: chmod 700 ${folder}`, details: { folder } },
  );
}

const notResident = (): HostError =>
  new HostError(
    'WORKSPACE_BUSY',
    `The host of this workspace (process ${process.pid}) is a command that ends with its work.`,
    { hint: 'Wait for it, or end it with Ctrl-C in its terminal.', details: { pid: process.pid } },
  );
