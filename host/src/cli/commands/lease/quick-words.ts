import { parseDuration } from '../../../quantities.ts';
import { resourceWord, type Word } from '../../claims-typed.ts';
import type { GlobalOptions } from '../../context.ts';
import type { AcquireOptions } from './acquire.ts';
import type { AuthorityOptions, RenewOptions } from './change.ts';
import type { CheckOptions } from './look.ts';

/**
 * A lease command as scripts write it, read without the parser of the command line, which takes as long to load as half
 * a Node to start. Only what is certainly right is read here: each option in full and once, with a value that it can
 * have. All else, help and mistakes above all, is for the parser, which knows how to say it; so this one never
 * complains. A test holds the two against each other.
 */
export type QuickWords = { globals: GlobalOptions } & (
  | { command: 'acquire'; words: readonly Word[]; options: AcquireOptions }
  | { command: 'release'; id: string; options: AuthorityOptions }
  | { command: 'renew'; id: string; options: RenewOptions }
  | { command: 'check'; id: string; options: CheckOptions }
);

/** What an option takes: nothing, or a text that is made a value; null is for the parser to refuse. */
type Taking = null | ((text: string) => unknown);

const plain = (text: string): string => text;
const whole = (text: string): number | null =>
  /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
const duration = (text: string): number | null => parseDuration(text);
const lasting = (text: string): number | null => duration(text) || null;
const mode = (text: string): string | null =>
  text === 'exclusive' || text === 'shared' ? text : null;

const authority = { '--secret-file': plain, '--operator': plain };
const commands: { readonly [command: string]: { readonly [option: string]: Taking } } = {
  acquire: {
    '--holder': plain,
    '--run': plain,
    '--for': plain,
    '--mode': mode,
    '--any': null,
    '--term': lasting,
    '--wait': duration,
    '--pid': whole,
    '--parent': plain,
    '--parent-secret-file': plain,
    '--secret-out': plain,
    '--machine': null,
    '--force': null,
    '--operator': plain,
  },
  release: authority,
  renew: { '--secret-file': plain, '--term': lasting, '--floor': duration },
  check: { '--secret-file': plain, '--token': whole, '--path': plain },
};
const globals: { readonly [option: string]: Taking } = {
  '--json': null,
  '-C': plain,
  '--workspace': plain,
};

/** Null: read it with the parser. */
export function quickWords(argv: readonly string[]): QuickWords | null {
  const [lease, command = '', ...rest] = argv;
  const options = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (lease !== 'lease' || options === undefined) return null;
  const found = read(rest, { ...options, ...globals }, command === 'acquire');
  if (found === null) return null;
  const { workspace, json, ...given } = found.given;
  const shared = {
    globals: {
      color: true,
      input: true,
      ...(json === undefined ? {} : { json: true }),
      ...(workspace === undefined ? {} : { workspace: String(workspace) }),
    },
  };
  if (command === 'acquire') {
    const acquire = { mode: 'exclusive', ...given } as AcquireOptions;
    return { ...shared, command, words: found.words, options: acquire };
  }
  const [id, ...more] = found.operands;
  if (id === undefined || more.length > 0) return null;
  return { ...shared, command, id, options: given } as QuickWords;
}

interface Found {
  given: { [option: string]: unknown };
  words: Word[];
  operands: string[];
}

function read(
  rest: readonly string[],
  options: { readonly [option: string]: Taking },
  takesClaims: boolean,
): Found | null {
  const found: Found = { given: {}, words: [], operands: [] };
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (!word.startsWith('-')) {
      if (takesClaims) return null;
      found.operands.push(word);
      continue;
    }
    const isClaim = takesClaims && Object.hasOwn(claimOf, word);
    const taking = isClaim ? plain : Object.hasOwn(options, word) ? options[word] : undefined;
    if (taking === undefined) return null;
    const text = taking === null ? null : rest[++at];
    // What begins with a dash may be an option whose value was forgotten; only `-` is stdin.
    if (text === undefined || (text !== null && text !== '-' && text.startsWith('-'))) return null;
    if (isClaim) {
      const claim = claimOf[word]?.(text ?? '') ?? null;
      if (claim === null) return null;
      found.words.push(claim);
      continue;
    }
    const value = taking === null ? true : taking(text ?? '');
    const name = word === '-C' ? 'workspace' : nameOf(word);
    if (value === null || text === '' || Object.hasOwn(found.given, name)) return null;
    found.given[name] = value;
  }
  return found;
}

const named =
  (kind: 'region' | 'lane' | 'name') =>
  (text: string): Word | null =>
    text.trim() === '' ? null : { kind, text };

const claimOf: { readonly [option: string]: (text: string) => Word | null } = {
  '--region': named('region'),
  '--lane': named('lane'),
  '--name': named('name'),
  '--resource': resourceWord,
};

/** `--secret-file` is `secretFile`, as the parser has it. */
const nameOf = (option: string): string =>
  option.replace(/^-+/, '').replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
