import { createHash } from 'node:crypto';
import { access, glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../../errors.ts';
import type { PythonPlan } from '../plan.ts';
import { preparePython, requirementArguments } from '../python.ts';
import { placeOfPackage } from '../local-packages.ts';
import { compareVersions } from '../python-versions.ts';
import type { Found, PackageEstimate } from './estimate.ts';
import type { Estimator } from './index.ts';
import { sizeOf } from './remote-file.ts';
import { several } from './several.ts';
import { wheelSize } from './wheel-size.ts';

/** `pip install --report`, as far as we read it. */
interface Report {
  install: {
    metadata: { name: string; version: string };
    download_info: { url: string };
  }[];
}

/**
 * pip is asked what it would install, also where uv will do it: both read the same indexes and settle on the same
 * packages, and only pip says where each of them is.
 */
export async function estimatePython(plan: PythonPlan, estimator: Estimator): Promise<Found> {
  const { requirement, python } = plan;
  const { folder, machine, run, onProgress, signal } = estimator;
  const wanted = requirementArguments(requirement, folder);
  const files = requirement.files.map((file) => join(folder, placeOfPackage(file)));
  if (wanted.length + files.length === 0) return { packages: [], notes: [] };
  const asking = await machine.interpreters.find('>=3.9', ({ pip }) => reports(pip));
  if (asking === null) throw lacksPip();
  await preparePython(requirement, folder);
  const report = join(folder, 'report.json');
  onProgress('asking pip what it would install');
  const options = ['--dry-run', '--ignore-installed', '--quiet', '--report', report];
  const anyPython = requirement.ignoreRequiresPython === true ? ['--ignore-requires-python'] : [];
  const pip = [asking.path, '-I', '-m', 'pip', '--disable-pip-version-check', '--no-input'];
  const target = asking.path === python.path ? [] : ['--python', python.path];
  const command = [
    ...pip,
    ...target,
    'install',
    ...options,
    '--prefer-binary',
    ...anyPython,
    ...wanted,
    ...files,
  ];
  await run({ tool: 'pip', command });
  const { install }: Report = JSON.parse(await readFile(report, 'utf8'));
  const isCached = await cachesOf(plan, asking.path, estimator);
  let done = 0;
  const packages = await several(install, 8, async (one) => {
    const found = await packageOf(one, isCached, signal);
    onProgress(`${++done} of ${install.length} packages looked at`);
    return found;
  });
  return { packages, notes: [] };
}

/** Since this version a report can be made for another interpreter. */
const reports = (pip: string | null): boolean => pip !== null && compareVersions(pip, '22.3') >= 0;

const lacksPip = (): HostError =>
  new HostError(
    'ENV_TOOL_MISSING',
    'What would be installed can only be learned from pip 22.3 or newer.',
    {
      hint: 'Install pip for one of the Pythons on the PATH, or install without an estimate.',
    },
  );

async function packageOf(
  { metadata: { name, version }, download_info: { url } }: Report['install'][number],
  isCached: IsCached,
  signal: AbortSignal | undefined,
): Promise<PackageEstimate> {
  const isHere = url.startsWith('file:');
  const known = url.endsWith('.whl') ? await wheelSize(url, signal) : null;
  const cached = await isCached({ name, version, url });
  const download = cached || isHere ? 0 : (known?.packed ?? (await sizeOf(url, signal)));
  return {
    name,
    version,
    downloadBytes: download,
    diskBytes: known?.installed ?? null,
    isCached: cached,
  };
}

type IsCached = (one: { name: string; version: string; url: string }) => Promise<boolean>;

/** Whether the program that will install has a package already; each keeps them in its own way. */
async function cachesOf(
  { installer }: PythonPlan,
  pip: string,
  { run }: Estimator,
): Promise<IsCached> {
  const step =
    installer.kind === 'uv'
      ? { tool: 'uv' as const, command: [installer.uv, 'cache', 'dir'] }
      : { tool: 'pip' as const, command: [pip, '-I', '-m', 'pip', 'cache', 'dir'] };
  const folder = await run(step).then(
    ({ stdout }) => stdout.trim().split('\n').at(-1) ?? '',
    () => '', // caching is switched off, or uv is not there yet
  );
  if (folder === '') return async () => false;
  return installer.kind === 'uv' ? inUvCache(folder) : inPipCache(folder);
}

/** pip keeps answers of the index by the hash of their address. */
export const inPipCache =
  (folder: string): IsCached =>
  async ({ url }) => {
    const hash = createHash('sha224')
      .update(url.split('#')[0] ?? url)
      .digest('hex');
    const place = join(...Array.from(hash.slice(0, 5)), hash);
    const found = await Promise.all(
      ['http-v2', 'http'].map((kind) => exists(join(folder, kind, place))),
    );
    return found.includes(true);
  };

/** uv keeps unpacked wheels by name and version, below the index they came from. */
const inUvCache =
  (folder: string): IsCached =>
  async ({ name, version }) => {
    const normal = name.toLowerCase().replaceAll(/[-_.]+/g, '-');
    const pattern = `wheels-v*/{pypi,index/*,url/*}/${normal}/${version}-*`;
    for await (const found of glob(pattern, { cwd: folder })) {
      if (!found.endsWith('.msgpack')) return true;
    }
    return false;
  };

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
