export { Redactor } from './redactor.ts';
export type { SecretStore } from './store.ts';
