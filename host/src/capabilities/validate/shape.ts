import { isMapping, type JsonDocument, nameOf, type Path } from './json-place.ts';

/** What a member must be. */
export type Kind = 'string' | 'boolean' | 'object' | 'array' | 'strings' | 'string map' | 'hash';

const inWords: { readonly [kind in Kind]: string } = {
  string: 'a string',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  strings: 'a list of strings',
  'string map': 'an object of strings',
  hash: '"sha256:" and 64 hex digits, or null',
};

const isKind: { readonly [kind in Kind]: (value: unknown) => boolean } = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  object: isMapping,
  array: Array.isArray,
  strings: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  'string map': (value) =>
    isMapping(value) && Object.values(value).every((one) => typeof one === 'string'),
  hash: (value) =>
    value === null || (typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)),
};

/** A member that may be absent; says whether it is there and right. */
export function optional(document: JsonDocument, path: Path, kind: Kind): boolean {
  const value = document.at(path);
  if (value === undefined) return false;
  if (isKind[kind](value)) return true;
  const message = `${nameOf(path)} must be ${inWords[kind]}, not ${spelt(value)}`;
  document.note('error', 'manifest-type', path, message);
  return false;
}

/** A string that must be there and say something. */
export function required(document: JsonDocument, path: Path): void {
  const value = document.at(path);
  if (value === undefined) {
    document.note('error', 'manifest-missing', path, `${nameOf(path)} is missing`);
  } else if (optional(document, path, 'string') && String(value).trim() === '') {
    document.note('error', 'manifest-blank', path, `${nameOf(path)} is blank`);
  }
}

/** A section that must be there; says whether its members can be looked at. */
export function section(document: JsonDocument, name: string): boolean {
  if (document.at([name]) !== undefined) return optional(document, [name], 'object');
  document.note('error', 'manifest-missing', [name], `the section ${name} is missing`);
  return false;
}

function spelt(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
