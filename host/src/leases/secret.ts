import type { Authority as Allowed } from '../kernel/leases/index.ts';
import { newId } from '../ids.ts';
import type { Authority } from './request.ts';

// An `import` of this module reads all that it exports, web cryptography among it: as long as ten files of ours.
const { hash, randomBytes } = process.getBuiltinModule('node:crypto');

/** The id of a lease, and the word that its holder alone is told. */
export interface Identity {
  id: string;
  secret: string;
}

export const newIdentity = (): Identity => ({ id: newId('lse'), secret: newSecret() });

export const newSecret = (): string => randomBytes(32).toString('base64url');

/** All that a ledger keeps of a secret. */
export const secretHash = (secret: string): string => hash('sha256', secret);

export const asAllowed = (authority: Authority): Allowed =>
  'secret' in authority
    ? { kind: 'holder', secretHash: secretHash(authority.secret) }
    : { kind: 'operator', name: authority.operator };
