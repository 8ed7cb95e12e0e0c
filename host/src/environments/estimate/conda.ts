import { join } from 'node:path';
import { HostError } from '../../errors.ts';
import { prepareConda } from '../conda/steps.ts';
import { nameOf, type CondaPlan } from '../plan.ts';
import type { Found, PackageEstimate } from './estimate.ts';
import type { Estimator } from './index.ts';

/** A package as `create --dry-run --json` lists it; the older the program, the less it says. */
interface Listed {
  name?: string;
  dist_name?: string;
  version?: string;
  size?: number;
}

const disk =
  'How much conda packages take unpacked, no channel says; it is usually three to four times the download.';

/** The solver is asked what it would do. What it would fetch is listed apart from what it would link. */
export async function estimateConda(plan: CondaPlan, estimator: Estimator): Promise<Found> {
  const found =
    plan.kind === 'pixi' ? await askPixi(plan, estimator) : await askConda(plan, estimator);
  const fromPypi = [
    ...plan.requirement.requirements,
    ...plan.requirement.files.map(({ path }) => path),
  ];
  const unknown = fromPypi.map((name) => ({
    name,
    version: '',
    downloadBytes: null,
    diskBytes: null,
    isCached: false,
  }));
  return { packages: [...found, ...unknown], notes: [disk] };
}

async function askConda(plan: CondaPlan, estimator: Estimator): Promise<PackageEstimate[]> {
  const { folder, run, onProgress } = estimator;
  await prepareConda(plan.requirement, folder);
  const command = plan.steps[0]?.command ?? [];
  // An old conda ignores that it should only try when it is given a list of files.
  if (plan.requirement.lock !== null) return lockedPackages(plan.requirement.lock);
  onProgress(`asking ${plan.kind} what it would install`);
  const moved = command.map((part) => part.replace(plan.folder, join(folder, 'prefix')));
  const { stdout } = await run({ tool: plan.kind, command: [...moved, '--dry-run', '--json'] });
  const { FETCH = [], LINK = [] } = actionsIn(stdout, plan);
  const fetched = new Map(FETCH.map((one) => [nameIn(one), one]));
  const all = LINK.length > 0 ? LINK : FETCH;
  return all.map((one) => {
    const name = nameIn(one);
    const fetch = fetched.get(name);
    const isCached = fetch === undefined;
    const downloadBytes = isCached ? 0 : (fetch.size ?? null);
    return { name, version: one.version ?? '', downloadBytes, diskBytes: null, isCached };
  });
}

const nameIn = ({ name, dist_name: dist }: Listed): string =>
  name ?? dist?.replace(/-[^-]+-[^-]+$/, '') ?? '?';

/** Some versions print other lines before the document, and one printed two. */
function actionsIn(stdout: string, plan: CondaPlan): { FETCH?: Listed[]; LINK?: Listed[] } {
  const start = stdout.indexOf('{');
  try {
    const { actions }: { actions?: object | object[] } = JSON.parse(stdout.slice(start));
    return (Array.isArray(actions) ? actions[0] : actions) ?? {};
  } catch (cause) {
    const message = `${plan.kind} ${plan.tool.version} did not say what it would install.`;
    throw new HostError('ENV_BUILD_FAILED', `${nameOf(plan)}: ${message}`, { cause });
  }
}

function lockedPackages(lock: string): PackageEstimate[] {
  return lock
    .split('\n')
    .filter((line) => /^(https?|file):/.test(line))
    .map((line) => {
      const file = line.split('#')[0]?.split('/').at(-1) ?? line;
      const [, name = file, version = ''] = /^(.+)-([^-]+)-[^-]+$/.exec(file) ?? [];
      return { name, version, downloadBytes: null, diskBytes: null, isCached: false };
    });
}

async function askPixi(plan: CondaPlan, { folder, run, onProgress }: Estimator) {
  await prepareConda(plan.requirement, folder);
  onProgress('asking pixi what it would install');
  const manifest = ['--manifest-path', join(folder, 'pixi.toml')];
  const command = [plan.tool.path, 'list', '--json', '--no-install', ...manifest];
  const { stdout } = await run({ tool: 'pixi', command });
  const listed: { name: string; version: string; size_bytes?: number | null }[] = JSON.parse(
    stdout.slice(stdout.indexOf('[')),
  );
  return listed.map(({ name, version, size_bytes: size }) => ({
    name,
    version,
    downloadBytes: size ?? null,
    diskBytes: null,
    isCached: false,
  }));
}
