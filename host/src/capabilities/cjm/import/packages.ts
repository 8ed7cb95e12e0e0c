import { basename, isAbsolute, relative, resolve } from 'node:path';
import { isLocalPath } from '../../requirements-file.ts';
import { packageName } from '../../source.ts';

/** A package as `pip install` is given it there, in the form `capstan.yaml` takes. */
export interface ImportedPackage {
  spec: string;
  /** Was installed so that changes of its folder counted at once. */
  wasEditable: boolean;
}

/** `folder` is where relative paths are seen from, `root` the workspace. */
export function importedPackage(spec: string, folder: string, root: string): ImportedPackage {
  const editable = /^(?:-e|--editable)[\s=]\s*(.+)$/.exec(spec.trim())?.[1];
  const plain = (editable ?? spec).trim();
  const isPath =
    isLocalPath(plain) || plain.startsWith('~/') || (editable !== undefined && !isUrl(plain));
  const path = isPath
    ? fromRoot(resolve(folder, plain.replace(/^~(?=\/)/, homeOf())), root)
    : plain;
  return { spec: path, wasEditable: editable !== undefined };
}

/** A path below the workspace as one that is relative to it; any other stays as it is. */
export function fromRoot(path: string, root: string): string {
  const inside = relative(root, path);
  const isBelow = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  return isBelow ? `./${inside}` : path;
}

const isUrl = (text: string): boolean => /^(?:git\+)?[a-z]+:\/\//.test(text);
const homeOf = (): string => process.env['HOME'] ?? '~';

/** Under which name a package is known once installed, in the one form that names of packages compare in. */
export function distributionOf(spec: string): string {
  const plain = spec.replace(/^(?:-e|--editable)[\s=]\s*/, '').trim();
  const repository = /([^/@#]+?)(?:\.git)?(?:[@#].*)?$/.exec(plain)?.[1] ?? plain;
  const name = isUrl(plain)
    ? repository
    : isLocalPath(plain)
      ? basename(plain)
      : packageName(plain);
  return normalized(name.replace(/\[.*$/, ''));
}

export const normalized = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, '-');
