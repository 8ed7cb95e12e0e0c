import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareNpm } from '../npm.ts';
import type { NpmPlan } from '../plan.ts';
import type { Found, PackageEstimate } from './estimate.ts';
import type { Estimator } from './index.ts';
import { jsonOf, sizeOf, tailOf } from './remote-file.ts';
import { several } from './several.ts';

interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  link?: boolean;
  os?: string[];
  cpu?: string[];
}

/** npm makes a lock without installing anything; the registry says of each package in it how large it is. */
export async function estimateNpm(plan: NpmPlan, estimator: Estimator): Promise<Found> {
  const { npm, requirement } = plan;
  const { folder, run, onProgress, signal } = estimator;
  if (npm === null) return { packages: [], notes: [] };
  await prepareNpm(requirement, folder);
  const step = plan.steps[0]?.command ?? [];
  onProgress('asking npm what it would install');
  await run({ tool: 'npm', command: lockOnly(step, plan.folder, folder) });
  const text = await readFile(join(folder, 'package-lock.json'), 'utf8');
  const { packages: locked = {} }: { packages?: { [path: string]: Locked } } = JSON.parse(text);
  const wanted = Object.entries(locked).filter(([path, one]) => path !== '' && isForHere(one));
  const { stdout } = await run({ tool: 'npm', command: [npm.path, 'config', 'get', 'cache'] });
  let done = 0;
  const packages = await several(wanted, 8, async ([path, one]) => {
    const found = await packageOf(path, one, stdout.trim(), signal);
    onProgress(`${++done} of ${wanted.length} packages looked at`);
    return found;
  });
  return { packages, notes: [] };
}

/** The command of the plan, made to write a lock and nothing else, in another folder. */
const lockOnly = (command: readonly string[], from: string, to: string): string[] => [
  ...command.map((part) => (part === 'ci' ? 'install' : part.replace(from, to))),
  '--package-lock-only',
  // Some users keep addresses out of their locks; here they are what we want to know.
  '--omit-lockfile-registry-resolved=false',
];

/** npm leaves out what is meant for other machines, and what only developers need. */
function isForHere({ dev, link, os, cpu }: Locked): boolean {
  return dev !== true && link !== true && allows(os, process.platform) && allows(cpu, process.arch);
}

function allows(list: readonly string[] | undefined, here: string): boolean {
  if (list === undefined || list.length === 0) return true;
  if (list.includes(`!${here}`)) return false;
  return list.includes(here) || list.every((one) => one.startsWith('!'));
}

async function packageOf(
  path: string,
  { version = '?', resolved = '', integrity = '' }: Locked,
  cache: string,
  signal: AbortSignal | undefined,
): Promise<PackageEstimate> {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const isHere = resolved.startsWith('file:');
  const isCached = !isHere && (await inCache(cache, integrity));
  const { packed, unpacked } = await sizesOf(resolved, version, signal);
  const downloadBytes = isCached || isHere ? 0 : packed;
  return { name, version, downloadBytes, diskBytes: unpacked, isCached };
}

interface Sizes {
  packed: number | null;
  unpacked: number | null;
}

/** A tarball's last four bytes say how long it is unpacked; where only the whole can be had, the registry is asked. */
async function sizesOf(
  resolved: string,
  version: string,
  signal: AbortSignal | undefined,
): Promise<Sizes> {
  if (!/^(https?|file):/.test(resolved)) return { packed: null, unpacked: null };
  const tail = await tailOf(resolved, 4, signal);
  if (tail !== null) return { packed: tail.size, unpacked: tail.bytes.readUInt32LE(0) };
  const [packed, unpacked] = await Promise.all([
    sizeOf(resolved, signal),
    unpackedSize(resolved, version, signal),
  ]);
  return { packed, unpacked };
}

/** Of `https://registry/name/-/name-1.0.0.tgz` the registry tells more at `https://registry/name/1.0.0`. */
async function unpackedSize(
  resolved: string,
  version: string,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  const base = /^(https?:\/\/.+?)\/-\//.exec(resolved)?.[1];
  if (base === undefined) return null;
  const [, origin = '', name = ''] =
    /^(https?:\/\/[^/]+(?:\/.*?)?)\/((?:@[^/]+\/)?[^/]+)$/.exec(base) ?? [];
  const answer = await jsonOf(`${origin}/${name.replace('/', '%2f')}/${version}`, signal);
  if (typeof answer !== 'object' || answer === null || !('dist' in answer)) return null;
  const { dist } = answer;
  if (typeof dist !== 'object' || dist === null || !('unpackedSize' in dist)) return null;
  return typeof dist.unpackedSize === 'number' ? dist.unpackedSize : null;
}

/** npm keeps what it fetched by its checksum. */
async function inCache(cache: string, integrity: string): Promise<boolean> {
  const [algorithm = '', digest = ''] = integrity.split(' ')[0]?.split('-') ?? [];
  if (cache === '' || digest === '') return false;
  const hex = Buffer.from(digest, 'base64').toString('hex');
  const place = join(
    cache,
    '_cacache/content-v2',
    algorithm,
    hex.slice(0, 2),
    hex.slice(2, 4),
    hex.slice(4),
  );
  return access(place).then(
    () => true,
    () => false,
  );
}
