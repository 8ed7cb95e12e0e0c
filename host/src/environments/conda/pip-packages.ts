import { realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import { HostError } from '../../errors.ts';
import { runTool } from '../run-tool.ts';
import { childEnvironment } from '../variables.ts';
import { condaFiles } from './installed.ts';

const listDistributions = `
import re
from importlib import metadata
for one in metadata.distributions():
    name = re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower()
    print(name + "==" + one.version + "\\t" + str(getattr(one, "_path", "")))
`;

/**
 * Distributions of a prefix that conda did not bring, as `name==version`. A conda package may well be called
 * differently from the distribution inside it, so what tells them apart is whose file the metadata is.
 */
export async function pipPackages(python: string, prefix: string): Promise<string[]> {
  const end = await runTool({
    command: [python, '-I', '-c', listDistributions],
    cwd: '/',
    env: childEnvironment({}),
  });
  if (end.code !== 0) {
    const said = end.lines.at(-1) ?? 'it printed nothing';
    throw new HostError('ENV_CHANGED', `${python} does not run any more: ${said}`);
  }
  const owned = await condaFiles(prefix);
  const root = await realpath(prefix);
  const found = end.stdout.split('\n').flatMap((line) => {
    const [name = '', path = ''] = line.split('\t');
    const place = relative(root, path);
    if (name === '' || place.startsWith('..')) return []; // not of this prefix
    const isOwned = [place, `${place}/METADATA`, `${place}/PKG-INFO`].some((one) => owned.has(one));
    return isOwned ? [] : [name];
  });
  return [...new Set(found)].toSorted();
}
