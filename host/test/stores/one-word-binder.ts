import type { Json } from '@capstan/protocol';
import { HostError } from '../../src/errors.ts';
import type { BindScope } from '../../src/stores/index.ts';

/** A reference language of one word: a text `@a` stands for the output of node `a`, `@?` for nothing at all. */
export function bind(template: Json, scope: BindScope): Json {
  if (Array.isArray(template)) return template.map((item) => bind(item, scope));
  if (typeof template === 'object' && template !== null) {
    return Object.fromEntries(
      Object.entries(template).map(([key, value]) => [key, bind(value, scope)]),
    );
  }
  if (typeof template !== 'string' || !template.startsWith('@')) return template;
  if (template === '@?') throw new HostError('REFERENCE_UNRESOLVED', '@? leads nowhere');
  return scope.outputOf(template.slice(1));
}
