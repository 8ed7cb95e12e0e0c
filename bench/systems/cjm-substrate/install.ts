import { installPython } from '../python-package.ts';

/** The newest when this was written. */
export const newest = '0.0.74';

/** An interpreter of an environment of its own with the published package, installed where it is not there yet. */
export const install = (
  cache: string,
  version: string,
  say: (text: string) => void,
): Promise<string> =>
  installPython(cache, { name: 'cjm-substrate', version, runsOnOlder: true }, say);
