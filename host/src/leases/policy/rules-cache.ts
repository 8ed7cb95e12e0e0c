import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { LeaseRules } from '../../kernel/index.ts';

// An `import` of this module reads all that it exports, web cryptography among it: as long as ten files of ours.
const { hash: digest } = process.getBuiltinModule('node:crypto');

/**
 * What `capstan.yaml` says of leases, as it was understood when somebody last read it. To parse the file again costs
 * five times as much as all else that a lease command does, and most of those belong to scripts that run many.
 *
 * What is kept names the content it was made of, by hash, and the version that understood it. Anything else than
 * exactly that, in a file that nobody but its owner could have written, is taken for nothing.
 */
export type FoundRules =
  | { kind: 'rules'; rules: LeaseRules }
  /** To be read by whoever knows how, and kept with `keepRules`. */
  | { kind: 'unknown'; source: RulesSource }
  | { kind: 'no-file' };

/** A content of `capstan.yaml`. */
export interface RulesSource {
  file: string;
  hash: string;
}

export function findRules(root: string, cacheFile: string, version: string): FoundRules {
  const file = join(root, 'capstan.yaml');
  const hash = hashOfFile(file);
  if (hash === null) return { kind: 'no-file' };
  const source = { file, hash };
  const rules = keptRules(cacheFile, source, version);
  return rules === null ? { kind: 'unknown', source } : { kind: 'rules', rules };
}

/** For the next one. That it cannot be kept harms nobody: a folder may be read-only. */
export function keepRules(
  cacheFile: string,
  { hash }: RulesSource,
  version: string,
  rules: LeaseRules,
): void {
  const text = JSON.stringify(rules);
  const kept: Kept = { format, version, source: hash, check: hashOf(text), rules: text };
  const fresh = `${cacheFile}.${process.pid}`;
  try {
    mkdirSync(dirname(cacheFile), { recursive: true });
    writeFileSync(fresh, JSON.stringify(kept), { mode: 0o600, flag: 'wx' });
    renameSync(fresh, cacheFile);
  } catch {
    rmSync(fresh, { force: true });
  }
}

/** Another one means that the same words are understood differently. */
const format = 1;

interface Kept {
  format: number;
  version: string;
  source: string;
  check: string;
  /** JSON. */
  rules: string;
}

function keptRules(cacheFile: string, source: RulesSource, version: string): LeaseRules | null {
  try {
    const text = ownText(cacheFile);
    const kept = text === null ? null : (JSON.parse(text) as Kept);
    if (kept === null || kept.format !== format || kept.version !== version) return null;
    if (kept.source !== source.hash || kept.check !== hashOf(kept.rules)) return null;
    return JSON.parse(kept.rules) as LeaseRules;
  } catch {
    return null;
  }
}

/** The text of a file that only this user could have written. */
function ownText(file: string): string | null {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const info = fstatSync(handle);
    const isOurs = info.uid === (process.getuid?.() ?? info.uid) && (info.mode & 0o077) === 0;
    const isUsable = info.isFile() && info.size < mostBytes;
    if (!isUsable || !(isOurs || process.platform === 'win32')) return null;
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}

/** As large as what is read may be. A pipe in the place of the file would make an ordinary reading wait for ever. */
const mostBytes = 16 * 1024 * 1024;

function hashOfFile(file: string): string | null {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : 'unreadable';
  }
  try {
    const info = fstatSync(handle);
    return info.isFile() && info.size < mostBytes ? hashOf(readFileSync(handle)) : 'unreadable';
  } finally {
    closeSync(handle);
  }
}

const hashOf = (content: string | Buffer): string => digest('sha256', content);
