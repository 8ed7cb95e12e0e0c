import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashTree, sha256Hex, type TreeEntry, treeOf } from './content-hash.ts';
import { invariant } from '../errors.ts';
import { joinWorkerModules } from './join-sdk.ts';

/** Where our own worker SDKs lie on this machine, to be copied into environments. */
export interface SdkLocations {
  /** The Python package folder `capstan_worker`. */
  python: string;
  /** Package folders of `@capstan/worker` and `@capstan/protocol`. */
  nodeWorker: string;
  nodeProtocol: string;
  /** `@capstan/worker`'s main file, run in place for command capabilities, which have no SDK of their own. */
  nodeMain: string;
}

export interface SdkIdentity {
  version: string;
  /** Over every file that is copied: an edited SDK makes a new environment. */
  sha256: string;
}

/**
 * Finds the SDKs. A published `capstan` carries the Python package in its own folder `sdk-python/`; in the
 * repository it lies in `worker-python/` beside `host/`. The Node packages are found the way Node finds
 * any package.
 */
export function locateSdk(): SdkLocations {
  const host = packageFolder(import.meta.dirname);
  const candidates = [join(host, 'sdk-python'), join(host, '..', 'worker-python')];
  const python = candidates
    .map((folder) => join(folder, 'capstan_worker'))
    .find((folder) => existsSync(folder));
  invariant(python, `the Python SDK is in none of ${candidates.join(', ')}`);
  return {
    python,
    nodeWorker: packageFolder(dirname(fileOf('@capstan/worker'))),
    nodeProtocol: packageFolder(dirname(fileOf('@capstan/protocol'))),
    nodeMain: fileOf('@capstan/worker/main'),
  };
}

const fileOf = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier));

export async function sdkIdentity(
  kind: 'python' | 'node',
  sdk: SdkLocations,
): Promise<SdkIdentity> {
  if (kind === 'python') {
    const versions = await readFile(join(sdk.python, 'versions.py'), 'utf8');
    const version = /SDK_VERSION\s*=\s*["']([^"']+)/.exec(versions)?.[1] ?? '0';
    return { version, sha256: await hashTree(shipped(await treeOf(sdk.python))) };
  }
  const hashes = await Promise.all(
    [sdk.nodeWorker, sdk.nodeProtocol].map(async (folder) =>
      hashTree(shipped(await treeOf(folder))),
    ),
  );
  const text = await readFile(join(sdk.nodeWorker, 'package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return { version, sha256: sha256Hex(hashes.join('\n')) };
}

/** Copies the Python SDK into a `site-packages` folder. */
export async function copyPythonSdk(sdk: SdkLocations, sitePackages: string): Promise<void> {
  const target = join(sitePackages, 'capstan_worker');
  for (const entry of shipped(await treeOf(sdk.python))) {
    // oxlint-disable-next-line no-await-in-loop -- a dozen small files
    await cp(entry.absolute, join(target, entry.path), { recursive: true });
  }
}

/**
 * Copies `@capstan/worker` and `@capstan/protocol` into a `node_modules` folder. Node strips types from its
 * user's files but not inside `node_modules`, so here TypeScript becomes JavaScript; and since a worker's
 * start pays for every file it is made of, the worker becomes one.
 */
export async function copyNodeSdk(sdk: SdkLocations, nodeModules: string): Promise<void> {
  const packages = { worker: sdk.nodeWorker, protocol: sdk.nodeProtocol };
  for (const [name, folder] of Object.entries(packages)) {
    // oxlint-disable-next-line no-await-in-loop -- two packages
    for (const entry of shipped(await treeOf(folder))) {
      // oxlint-disable-next-line no-await-in-loop
      await copyAsJavaScript(entry, join(nodeModules, '@capstan', name));
    }
  }
  await joinWorkerModules(join(nodeModules, '@capstan'));
}

async function copyAsJavaScript(entry: TreeEntry, target: string): Promise<void> {
  const isSource = entry.path.endsWith('.ts') && !entry.path.endsWith('.d.ts');
  const path = join(target, isSource ? entry.path.replace(/\.ts$/, '.js') : entry.path);
  await mkdir(dirname(path), { recursive: true });
  if (isSource) {
    const source = await readFile(entry.absolute, 'utf8');
    await writeFile(path, javascriptOf(source));
  } else if (entry.path === 'package.json') {
    const text = await readFile(entry.absolute, 'utf8');
    await writeFile(path, text.replaceAll(/(["']\.\/[^"']*?)(?<!\.d)\.ts(["'])/g, '$1.js$2'));
  } else {
    await cp(entry.absolute, path, { recursive: true });
  }
}

/** TypeScript with its types blanked out and its relative imports pointing at the `.js` beside it. */
export function javascriptOf(source: string): string {
  return withoutExperimentalWarning(() =>
    stripTypeScriptTypes(source, { mode: 'strip' }),
  ).replaceAll(/(\b(?:from|import|URL)\s*\(?\s*)(["'])(\.{1,2}\/[^"'\n]+)\.ts\2/g, '$1$2$3.js$2');
}

/** The function is marked experimental; a user of Capstan can do nothing about that warning. */
function withoutExperimentalWarning<T>(work: () => T): T {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** What works, and nothing of our own tests, fixtures and suites. */
const shipped = (entries: readonly TreeEntry[]): TreeEntry[] =>
  entries.filter(
    ({ path }) =>
      !/(^|\/)(tests?|fixtures|conformance)\//.test(path) && !/\.(pyc|tsbuildinfo)$/.test(path),
  );

/** The nearest folder upwards that holds a `package.json`. */
function packageFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    invariant(folder !== dirname(folder), `no package.json above ${from}`);
  }
}
