/**
 * The one door from the command line to the runtime. It opens on first use only: help, a typo and a
 * usage error answer before any of the runtime's code is read.
 */
export type * from '../index.ts';
export type { Json, JsonObject, JsonSchema, WireError } from '@capstan/protocol';

export type Runtime = typeof import('../index.ts');

export const loadRuntime = (): Promise<Runtime> => import('../index.ts');
