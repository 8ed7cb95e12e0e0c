import type { Authority as Allowed } from '../kernel/leases/index.ts';
import { newId } from '../ids.ts';
import type { Authority } from './request.ts';

// An `import` of this module reads all that it exports, web cryptography among it.
const { hash, randomFillSync } = process.getBuiltinModule('node:crypto');

/** The id of a lease, and the word that its holder alone is told. */
export interface Identity {
  id: string;
  secret: string;
}

export const newIdentity = (): Identity => ({ id: newId('lse'), secret: newSecret() });

const secretBytes = 32;
/** Drawn for many at once: asking the system for a few bytes takes long. */
const drawn = Buffer.alloc(secretBytes * 64);
let nextDrawn = drawn.length;

export function newSecret(): string {
  if (nextDrawn === drawn.length) {
    randomFillSync(drawn);
    nextDrawn = 0;
  }
  const bytes = drawn.subarray(nextDrawn, nextDrawn + secretBytes);
  nextDrawn += secretBytes;
  const secret = bytes.toString('base64url');
  // It is told to one, and remembered nowhere.
  bytes.fill(0);
  return secret;
}

/** All that a ledger keeps of a secret. */
export const secretHash = (secret: string): string => hash('sha256', secret);

export const asAllowed = (authority: Authority): Allowed =>
  'secret' in authority
    ? { kind: 'holder', secretHash: secretHash(authority.secret) }
    : { kind: 'operator', name: authority.operator };
