import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

const program = join(import.meta.dirname, '../fixtures/stores/works-on-a-small-disk.ts');

const mayMount = spawnSync('unshare', ['-rm', 'true']).status === 0;
export const needsMounts = mayMount ? false : 'needs unshare, of util-linux, and user namespaces';

export interface SmallDisk {
  /** Options of its tmpfs, such as `size=1m`; or `ext4`: a real file system in a file, for root only. */
  mount: string;
  reserveBytes: number;
  running?: number;
  /** What to do with the workspace when the program has ended, while its disk is still there. */
  lookAt?: string;
}

/** After an error it takes no more writes; the loop device goes with its mount. */
const realMount =
  'truncate -s 24M "$1/disk" && mkfs.ext4 -q -F "$1/disk" && mount -o loop,errors=remount-ro "$1/disk" "$1"';

/** The program at work on a file system of its own, which is gone with it. */
export async function startOnSmallDisk(t: TestContext, root: string, disk: SmallDisk) {
  const { mount, reserveBytes, running = 1, lookAt } = disk;
  const isReal = mount === 'ext4';
  const script = [
    isReal ? realMount : `mount -t tmpfs -o ${mount} tmpfs "$1"`,
    `"$2" "$3" "$1" ${reserveBytes} ${running}`,
    ...(lookAt === undefined ? [] : [`exec "$2" "${lookAt}" "$1"`]),
  ].join(' && ');
  const args = [isReal ? '-m' : '-rm', 'sh', '-c', script, 'sh', root, process.execPath, program];
  const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const hear = async (): Promise<string> => (await lines.next()).value ?? 'end';
  /** Everything up to the line that matches, which comes last. */
  const hearUntil = async (pattern: RegExp): Promise<string[]> => {
    const heard: string[] = [];
    do heard.push(await hear());
    while (!pattern.test(heard.at(-1) ?? '') && heard.at(-1) !== 'end');
    assert.match(heard.at(-1) ?? '', pattern, heard.join('\n'));
    return heard;
  };
  const tell = (line: string): boolean => child.stdin.write(`${line}\n`);
  const ended = once(child, 'exit');
  return { hear, hearUntil, tell, ended };
}
