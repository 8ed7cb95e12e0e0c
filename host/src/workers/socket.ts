import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { HostError } from '../errors.ts';

/** A unix socket's path may have 104 bytes on macOS and 108 on Linux; a longer one is cut without a word. */
const longestPathBytes = 100;
const socketName = 'w.sock';

/** A folder only this user can enter, for one worker's socket. */
export interface SocketFolder {
  path: string;
  /** `unix:/…`, as the start line wants it. */
  listen: string;
  remove(): Promise<void>;
}

export async function makeSocketFolder(runtimeDir: string, session: string): Promise<SocketFolder> {
  const path = join(runtimeDir, session);
  const socket = join(path, socketName);
  if (Buffer.byteLength(socket) >= longestPathBytes) {
    throw new HostError(
      'WORKER_START_FAILED',
      `The socket's path would be longer than a unix socket may have: ${socket}`,
      { hint: 'Set XDG_RUNTIME_DIR to a folder with a short path.' },
    );
  }
  await makePrivate(runtimeDir);
  await mkdir(path, { mode: 0o700 });
  return {
    path,
    listen: `unix:${socket}`,
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Removes the folders that workers of killed hosts left: those whose socket nobody answers any more. */
export async function removeStaleSockets(runtimeDir: string): Promise<void> {
  const sessions = await readdir(runtimeDir).catch(() => []);
  await Promise.all(
    sessions.map(async (session) => {
      const folder = join(runtimeDir, session);
      if (await isRefused(join(folder, socketName))) await rm(folder, { recursive: true });
    }),
  );
}

/** In a shared folder such as /tmp somebody else may have made it first, in order to listen in. */
async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const isOurs = found.isDirectory() && found.uid === process.getuid?.();
  if (isOurs && (found.mode & 0o077) === 0) return;
  throw new HostError(
    'WORKER_START_FAILED',
    `The folder for workers' sockets, ${folder}, must be a directory that belongs to you and that nobody else can enter`,
    { hint: `Remove it, or run: chmod 700 ${folder}` },
  );
}

function isRefused(socket: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const attempt = connect(socket);
  attempt.once('connect', () => resolve(false));
  attempt.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  return promise.finally(() => attempt.destroy());
}
