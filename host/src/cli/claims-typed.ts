import { HostError } from '../errors.ts';
import type { Claim, Leases } from './runtime.ts';
import { asSentence } from './terminal/plain.ts';

/** What was typed, in the order in which it was typed. */
export type Word =
  | { kind: 'region' | 'lane' | 'name'; text: string }
  | { kind: 'resource'; resource: string; amount: string }
  | { kind: 'or' };

/** The options that say what is wanted, and who wants it. */
export interface ClaimOptions {
  mode: 'shared' | 'exclusive';
  any?: boolean;
  ranked?: boolean;
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

/** `gpu:0/vram=8GiB`; null for what is no resource with an amount. */
export function resourceWord(text: string): Word | null {
  const at = text.lastIndexOf('=');
  if (at <= 0 || at === text.length - 1) return null;
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
  {
    parseAmount,
    resolveRegion,
    nearest,
  }: Pick<Leases, 'parseAmount' | 'resolveRegion' | 'nearest'>,
): Claim[][] {
  if (any && words.some(({ kind }) => kind === 'or')) {
    throw new HostError('USAGE', '--any and --or cannot be given together.', {
      hint: '--any makes an alternative of everything; --or stands between groups.',
    });
  }
  /** An amount of bytes of what has none is most likely meant of what has. */
  const bytesLike = (resource: string): string => {
    const close = nearest(resource, ['ram', 'gpu/vram', 'gpu:0/vram']);
    return close === null || close === resource ? '' : `Did you mean ${JSON.stringify(close)}? `;
  };
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
        if (parsed.kind === 'refused') {
          const close =
            parseAmount(word.amount, 'ram').kind === 'amount' ? bytesLike(resource) : '';
          throw refusedBy({ code: 'CLAIM_INVALID', ...parsed, hint: `${close}${parsed.hint}` });
        }
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
  return new HostError(code as 'CLAIM_INVALID', asSentence(reason), { hint });
}

const noTree = (): HostError =>
  new HostError(
    'WORKSPACE_NOT_FOUND',
    'A region is a part of a workspace, and there is no capstan.yaml here or above.',
    { hint: 'Run `capstan init` where the work is, or name a workspace with `-C <folder>`.' },
  );
