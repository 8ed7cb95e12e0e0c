import { type Check, type Finding, ok, warning } from '../finding.ts';

/** Node.js, npm, Python and uv: what environments are built with. */
export const programs: Check = async ({ runtime, env }) => {
  const machine = new runtime.Machine(env, runtime.machinePaths(env));
  const [npm, pythons, uv] = await Promise.all([
    version('npm'),
    machine.interpreters.list(),
    version('uv'),
  ]);
  return [
    ok('node', `${machine.node.version} at ${machine.node.path}`),
    npm === null
      ? warning(
          'npm',
          'not found; npm environments cannot be built',
          'Install npm so that it is on the PATH.',
        )
      : ok('npm', npm),
    python(pythons),
    uv === null
      ? ok('uv', 'not found; pip builds in its place, or `capstan install` offers a private copy')
      : ok('uv', uv),
  ];

  async function version(name: string): Promise<string | null> {
    const path = await machine.which(name);
    if (path === null) return null;
    const found = await machine.versionOf(path);
    return found === null ? null : `${found} at ${path}`;
  }
};

interface Python {
  version: string;
  path: string;
  hasVenv: boolean;
  hasEnsurepip: boolean;
}

function python(found: readonly Python[]): Finding {
  if (found.length === 0) {
    return warning(
      'python',
      'none found; uv and venv environments cannot be built',
      'Install Python 3.9 or newer.',
    );
  }
  const list = found.map((one) => `${one.version} at ${one.path}`).join(', ');
  return found.some((one) => one.hasVenv && one.hasEnsurepip)
    ? ok('python', list)
    : warning(
        'python',
        `${list}; none can make a virtual environment`,
        'Install the venv module (Debian: `apt install python3-venv`).',
      );
}
