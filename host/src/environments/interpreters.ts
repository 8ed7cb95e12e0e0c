import { readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaults } from '../defaults.ts';
import { HostError } from '../errors.ts';
import { compareVersions, satisfies } from './python-versions.ts';
import { runTool } from './run-tool.ts';
import { childEnvironment } from './variables.ts';

type Variables = { readonly [name: string]: string | undefined };

/** The worker SDK runs on these; an environment needs one whatever its own range says. */
const oldestServed = '>=3.9';

/** A Python that was run and answered. */
export interface Interpreter {
  path: string;
  /** `3.11.7` */
  version: string;
  /** `cpython-311`, what compiled packages are built for. */
  tag: string;
  hasVenv: boolean;
  hasEnsurepip: boolean;
  /** Version of its pip, or null. */
  pip: string | null;
}

/**
 * Python interpreters of this machine. A name on the PATH proves nothing (pyenv's shims exist for versions
 * that are not active and then fail), so each candidate is run. They are asked one after another, the
 * user's own `python3` first, and only until one fits.
 */
export class Interpreters {
  readonly #env: Variables;
  readonly #answers = new Map<string, Promise<Interpreter | null>>();
  #candidates: Promise<string[]> | undefined;

  constructor(env: Variables) {
    this.#env = env;
  }

  /** The first interpreter in a version range that also passes `fits`. */
  async find(
    range: string,
    fits: (found: Interpreter) => boolean = () => true,
  ): Promise<Interpreter | null> {
    for (const path of await this.#all()) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time: usually the first one fits
      const found = await this.#ask(path);
      if (found !== null && satisfies(found.version, range) && fits(found)) return found;
    }
    return null;
  }

  /** Like `find`, but an absence is an error that lists what there is. */
  async need(range: string): Promise<Interpreter> {
    const found = await this.find(range, ({ version }) => satisfies(version, oldestServed));
    if (found !== null) return found;
    const others = await this.list();
    const served = others.some(({ version }) => satisfies(version, range))
      ? ` and ${oldestServed}, for Capstan's own part of it`
      : '';
    throw new HostError(
      'ENV_INTERPRETER_MISSING',
      `This environment needs Python ${range}${served}; found${listed(others)}`,
      {
        hint: 'Install a matching Python so that it is on the PATH, or widen `python` in capstan.yaml.',
        details: { range, found: others.map(({ version, path }) => ({ version, path })) },
      },
    );
  }

  /** Every interpreter that answers, newest first. */
  async list(): Promise<Interpreter[]> {
    const found = new Map<string, Interpreter>();
    for (const path of await this.#all()) {
      // oxlint-disable-next-line no-await-in-loop -- a dozen interpreters at once would swamp a small machine
      const interpreter = await this.#ask(path);
      if (interpreter === null) continue;
      // oxlint-disable-next-line no-await-in-loop -- python3 and python3.11 may be one file
      const real = await realpath(interpreter.path);
      if (!found.has(real)) found.set(real, interpreter);
    }
    return [...found.values()].toSorted((a, b) => compareVersions(b.version, a.version));
  }

  #all(): Promise<string[]> {
    this.#candidates ??= candidatesOf(this.#env);
    return this.#candidates;
  }

  #ask(path: string): Promise<Interpreter | null> {
    const known = this.#answers.get(path) ?? probe(path, this.#env);
    this.#answers.set(path, known);
    return known;
  }
}

function listed(found: readonly Interpreter[]): string {
  const [only, ...more] = found;
  if (only === undefined) return ' none.';
  if (more.length === 0) return ` ${only.version} at ${only.path}.`;
  return `:${found.map(({ version, path }) => `\n  ${version.padEnd(8)} ${path}`).join('')}`;
}

/** Files called python, python3 or python3.x on the PATH, then pyenv's own versions; each file once. */
async function candidatesOf(env: Variables): Promise<string[]> {
  const folders = (env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const onPath = await Promise.all(folders.map(pythonsIn));
  const names = onPath.flat().toSorted((a, b) => rank(a) - rank(b));
  const pyenv = join(env['PYENV_ROOT'] ?? join(env['HOME'] ?? '/', '.pyenv'), 'versions');
  const versions = (await listing(pyenv)).toSorted((a, b) => compareVersions(b, a));
  const unique = new Map<string, string>();
  for (const path of [...names, ...versions.map((name) => join(pyenv, name, 'bin', 'python3'))]) {
    // oxlint-disable-next-line no-await-in-loop -- the order decides which name of a file is kept
    const real = await realpath(path).catch(() => null);
    if (real !== null && !unique.has(real)) unique.set(real, path);
  }
  return [...unique.values()];
}

/** `python3` first, because it is what the user means by Python here; then the newest. */
function rank(path: string): number {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'python3') return 0;
  if (name === 'python') return 1;
  return 1000 - Number(name.slice('python3.'.length));
}

const pythonsIn = async (folder: string): Promise<string[]> =>
  (await listing(folder))
    .filter((name) => /^python(3(\.\d+)?)?$/.test(name))
    .map((name) => join(folder, name));

const listing = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

const question = `
import json, sys
from importlib import metadata, util
pip = metadata.version("pip") if util.find_spec("pip") else None
print(json.dumps({"path": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3],
    "tag": sys.implementation.cache_tag, "hasVenv": util.find_spec("venv") is not None,
    "hasEnsurepip": util.find_spec("ensurepip") is not None, "pip": pip}))
`;

async function probe(path: string, env: Variables): Promise<Interpreter | null> {
  const end = await runTool({
    command: [path, '-I', '-c', question],
    cwd: tmpdir(),
    env: childEnvironment(env, { declared: ['PYENV_ROOT', 'PYENV_VERSION'] }),
    timeoutMs: defaults.probeMs,
  });
  if (end.kind !== 'exited' || end.code !== 0) return null;
  try {
    const answer: Interpreter = JSON.parse(end.stdout);
    return answer;
  } catch {
    return null;
  }
}
