import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const declared = `
[lanes]
concurrent = [${Array.from({ length: 8 }, (_, n) => `"lane${n}"`).join(', ')}]
[lanes.trees]
${Array.from({ length: 8 }, (_, n) => `lane${n} = ["packages/p${n}/**"]`).join('\n')}
`;

/** Acquires and releases a lane of its own for so many seconds; prints pairs, and those that met a busy lock. */
const program = `
import json, sys, time
from dos import config, lane_lease
c = config.load_workspace_config(".")
lane, until, pairs, busy = "lane" + sys.argv[1], time.monotonic() + float(sys.argv[2]), 0, 0
while time.monotonic() < until:
    try:
        r = lane_lease.acquire(c, lane=lane, kind="keyword", tree=["packages/p" + sys.argv[1] + "/**"], owner="agent " + sys.argv[1])
        lane_lease.release(c, lane=lane, owner="agent " + sys.argv[1])
        pairs += 1
    except TimeoutError:
        busy += 1
print(json.dumps([pairs, busy]))
`;

/** A repository that dos-kernel keeps leases for. */
export function kernelRepository(folder: string): void {
  mkdirSync(folder, { recursive: true });
  spawnSync('git', ['init', '-q', folder]);
  writeFileSync(join(folder, 'dos.toml'), declared);
}

export const kernelEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  HOME: folder,
  DISPATCH_WORKSPACE: folder,
});

/** What dos-kernel does in so many processes at once, without the start of an interpreter for each. */
export async function kernelPairs(
  python: string,
  folder: string,
  processes: number,
  seconds: number,
): Promise<{ perSecond: number; busy: number; tried: number }> {
  kernelRepository(folder);
  const runs = Array.from({ length: processes }, (_, n) => {
    const { promise, resolve, reject } = Promise.withResolvers<[number, number]>();
    execFile(
      python,
      ['-I', '-c', program, String(n), String(seconds)],
      { cwd: folder, env: kernelEnvironment(folder) },
      (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout) as [number, number]);
        else reject(new Error(stderr));
      },
    );
    return promise;
  });
  const all = await Promise.all(runs);
  const pairs = all.reduce((sum, [done]) => sum + done, 0);
  const busy = all.reduce((sum, [, each]) => sum + each, 0);
  return { perSecond: pairs / seconds, busy, tried: pairs + busy };
}
