import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { Server } from '../driven/server.ts';

/** Redis on a socket of its own that answers a write when it is synced; no snapshots beside its log. */
export async function startRedis(
  program: string,
  folder: string,
): Promise<{ server: Server; socket: string }> {
  const socket = join(folder, 'redis.sock');
  const settings = {
    port: '0',
    unixsocket: socket,
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const server = new Server('Redis', [program, ...args], { cwd: folder });
  await server.until(async () => {
    if (!existsSync(socket)) throw new Error('it has no socket');
    const connection = createConnection(socket);
    await once(connection, 'connect');
    connection.destroy();
  });
  return { server, socket };
}
