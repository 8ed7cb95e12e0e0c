import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Server } from '../driven/server.ts';

/** How a client finds it: a socket in its folder, and whoever may open that is its superuser. */
export interface Connection {
  host: string;
  user: string;
  database: string;
}

/** PostgreSQL as it comes, with a cluster of its own: `fsync` and `synchronous_commit` are on. */
export async function startPostgres(
  program: string,
  folder: string,
): Promise<{ server: Server; connection: Connection }> {
  const as = userFor(folder);
  const cluster = join(folder, 'cluster');
  const initdb = join(dirname(realpathSync(program)), 'initdb');
  const named = ['--username=bench', '--auth=trust', '--encoding=UTF8', '--locale=C'];
  execFileSync(initdb, ['-D', cluster, ...named, '--no-sync'], { ...as, stdio: 'pipe' });
  const command = [program, '-D', cluster, '-k', folder, '-h', ''];
  const server = new Server('PostgreSQL', command, as);
  await server.until(() => {
    // Its last line says how far it is; a connection before that would only be refused.
    const status = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').trim().split('\n').at(-1);
    if (status?.trim() !== 'ready') throw new Error('it is not ready');
  });
  return { server, connection: { host: folder, user: 'bench', database: 'postgres' } };
}

/** It refuses to be root; then it is the user that its package made for it, or nobody. */
function userFor(folder: string): { cwd: string; uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return { cwd: folder };
  const [uid, gid] = idsOf('postgres') ?? idsOf('nobody') ?? [65_534, 65_534];
  chownSync(folder, uid, gid);
  // The bench's own folder is root's alone; others may pass through it.
  if (existsSync(dirname(folder))) chmodSync(dirname(folder), 0o711);
  return { cwd: folder, uid, gid };
}

function idsOf(user: string): [uid: number, gid: number] | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${user}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined ? undefined : [Number(uid), Number(gid)];
}
