import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The name of a half-made environment says whose it is: only the holder of that key's lock makes one. */
export const temporaryName = (key: string): string =>
  `.building-${key}-${randomBytes(4).toString('hex')}`;

/** Half-made environments, and old ones that were being replaced when their builder died. */
export async function abandonedBuilds(
  environmentsDir: string,
): Promise<{ path: string; key: string }[]> {
  const names = await readdir(environmentsDir).catch(() => []);
  return names.flatMap((name) => {
    const key = /^\.building-(.+)-[0-9a-f]{8}(\.old)?$/.exec(name)?.[1];
    return key === undefined ? [] : [{ path: join(environmentsDir, name), key }];
  });
}
