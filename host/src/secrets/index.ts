export { hasKeychain, type ProtectionChoice } from './key-ring.ts';
export { givenPassphrase } from './passphrase.ts';
export { Redactor } from './redactor.ts';
export { TextStream } from './text-stream.ts';
export { SecretStore, type SecretsState, shortValueWarning } from './store.ts';
