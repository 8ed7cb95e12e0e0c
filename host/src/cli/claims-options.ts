import { type Command, InvalidArgumentError, Option } from 'commander';
import { HostError } from '../errors.ts';
import { milliseconds, pause } from './options.ts';
import type { Claim, Leases } from './runtime.ts';

/** What was typed, in the order in which it was typed. */
type Word =
  | { kind: 'region' | 'lane' | 'name'; text: string }
  | { kind: 'resource'; resource: string; amount: string }
  | { kind: 'or' };

/** The options that say what is wanted, and who wants it. */
export interface ClaimOptions {
  mode: 'shared' | 'exclusive';
  any?: boolean;
  holder?: string;
  run?: string;
  term?: number;
  wait?: number;
  for?: string;
  force?: boolean;
}

/** Of `addClaimOptions`: what is wanted, once the command line is read. */
export interface TypedClaims {
  words: readonly Word[];
}

/**
 * Adds `--region`, `--lane`, `--name`, `--resource`, `--mode`, `--any` and `--or` to a command. They may be repeated and
 * mixed; what was typed is in the answer by the time the command acts.
 */
export function addClaimOptions(command: Command): TypedClaims {
  const words: Word[] = [];
  const put = (kind: 'region' | 'lane' | 'name') => (text: string) => {
    if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
    words.push({ kind, text });
  };
  command
    .option(
      '--region <glob>',
      'paths in the workspace, such as "src/**" (repeatable)',
      put('region'),
    )
    .option('--lane <name>', 'a lane of capstan.yaml (repeatable)', put('lane'))
    .option('--name <name>', 'any name that only one may hold (repeatable)', put('name'))
    .option(
      '--resource <resource=amount>',
      'so much of it: ram=4GiB, gpu/vram=8GiB, cpu=2 (repeatable)',
      (text: string) => void words.push(resourceIn(text)),
    )
    .addOption(
      new Option('--mode <mode>', 'of regions, lanes and names')
        .choices(['exclusive', 'shared'])
        .default('exclusive'),
    )
    .option('--any', 'one of them is enough: the first that can be had, in the order given')
    .option('--or', 'between what belongs together: one side of it is enough');
  command.on('option:or', () => words.push({ kind: 'or' }));
  return { words };
}

/** Adds who asks: `--holder`, `--run` and `--for`. */
export function addHolderOptions(command: Command): Command {
  return command
    .option('--holder <name>', 'who asks; leases of one name are never in their own way')
    .option('--run <id>', 'the run it belongs to: leases of a run are not in its way')
    .option('--for <purpose>', 'what for, in a few words, for those who have to wait');
}

/** Adds `--term` and `--wait`. */
export function addTermOptions(command: Command): Command {
  return command
    .option(
      '--term <duration>',
      'how long it holds unless it is renewed, such as 30m',
      milliseconds,
    )
    .option('--wait <duration>', 'wait in line for so long at most', pause);
}

function resourceIn(text: string): Word {
  const at = text.lastIndexOf('=');
  if (at <= 0 || at === text.length - 1) {
    throw new InvalidArgumentError('Write a resource and an amount, such as gpu:0/vram=8GiB.');
  }
  return { kind: 'resource', resource: text.slice(0, at).trim(), amount: text.slice(at + 1) };
}

/**
 * What is wanted, in the order of preference. Throws USAGE-like refusals under their own codes: REGION_EMPTY and the
 * like for a pattern, CLAIM_INVALID for an amount, WORKSPACE_NOT_FOUND for a region where there is no tree.
 */
export function claimsTyped(
  { words }: TypedClaims,
  { mode, any = false }: Pick<ClaimOptions, 'mode' | 'any'>,
  root: string | null,
  { parseAmount, resolveRegion }: Pick<Leases, 'parseAmount' | 'resolveRegion'>,
): Claim[][] {
  if (any && words.some(({ kind }) => kind === 'or')) {
    throw new HostError('USAGE', '--any and --or cannot be given together.', {
      hint: '--any makes an alternative of everything; --or stands between groups.',
    });
  }
  const regionOf = (patterns: readonly string[]): Claim => {
    if (root === null) throw noTree();
    const found = resolveRegion(root, patterns, mode);
    if (found.kind === 'region') return found.claim;
    throw refusedBy(found);
  };
  const claimsOf = (group: readonly Word[]): Claim[] => {
    const patterns = group.flatMap((word) => (word.kind === 'region' ? [word.text] : []));
    const claims: Claim[] = patterns.length > 0 ? [regionOf(patterns)] : [];
    for (const word of group) {
      if (word.kind === 'lane' || word.kind === 'name') {
        claims.push({ kind: 'name', name: `${word.kind}:${word.text}`, mode });
      } else if (word.kind === 'resource') {
        const { resource } = word;
        const parsed = parseAmount(word.amount, resource);
        if (parsed.kind === 'refused') throw refusedBy({ code: 'CLAIM_INVALID', ...parsed });
        claims.push({ kind: 'quantity', resource, amount: parsed.amount });
      }
    }
    return claims;
  };
  const groups = any ? words.map((word) => [word]) : split(words);
  if (groups.some((group) => group.length === 0)) {
    const isNothing = words.length === 0;
    const said = isNothing ? 'Nothing is asked for.' : 'A side of --or asks for nothing.';
    throw new HostError('CLAIM_INVALID', said, {
      hint: "Name a region, a lane, a name or a resource, such as `--region 'src/**'`.",
    });
  }
  return groups.map(claimsOf);
}

function split(words: readonly Word[]): Word[][] {
  const groups: Word[][] = [[]];
  for (const word of words) {
    if (word.kind === 'or') groups.push([]);
    else groups.at(-1)?.push(word);
  }
  return groups;
}

/** A refusal of the kernel as an error of the command line. */
export function refusedBy({
  code,
  reason,
  hint,
}: {
  code: string;
  reason: string;
  hint: string;
}): HostError {
  const text = /[.!?]$/.test(reason) ? reason : `${reason}.`;
  return new HostError(code as 'CLAIM_INVALID', text, { hint });
}

const noTree = (): HostError =>
  new HostError(
    'WORKSPACE_NOT_FOUND',
    'A region is a part of a workspace, and there is no capstan.yaml here or above.',
    { hint: 'Run `capstan init` where the work is, or name a workspace with `-C <folder>`.' },
  );
