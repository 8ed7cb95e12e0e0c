import { isJsonObject, type Json, type JsonObject } from '@capstan/protocol';

const types: { readonly [type: string]: string } = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

/** `text or null` */
export const typeWords = (type: Json | undefined): string =>
  [type ?? []]
    .flat()
    .map((name) => types[String(name)] ?? String(name))
    .join(' or ');

/** A format as a thing: `a date-time`, with an example where its name says too little. */
export const articled = (format: string): string =>
  formatWords[format] ?? `${/^[aeiou]/.test(format) ? 'an' : 'a'} ${format}`;

const formatWords: { readonly [format: string]: string } = {
  date: 'a date such as 2026-01-31',
  time: 'a time such as 12:30:00Z',
  'date-time': 'a date and time such as 2026-01-31T12:30:00Z',
  duration: 'a duration such as PT1H30M',
  email: 'an e-mail address',
  hostname: 'the name of a host',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  uri: 'a URL such as https://example.org',
  uuid: 'a UUID',
};

const mostListed = 12;
const mostShown = 60;

/** `"tiny", "large"`; of many the first ones. */
export function listed(members: readonly Json[]): string {
  const all = members.slice(0, mostListed).map((member) => excerpt(JSON.stringify(member)));
  const more = members.length - all.length;
  return [...all, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

/** A value with its kind: `the text "huge"`. One that is confidential shows its kind only. */
export function shown(value: Json, schema: JsonObject | undefined): string {
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'object') return 'an object';
  const kind = typeof value === 'string' ? 'the text' : 'the number';
  if (schema !== undefined && isConfidential(schema)) return `${kind} given`;
  return `${kind} ${excerpt(JSON.stringify(value))}`;
}

const excerpt = (text: string): string =>
  text.length <= mostShown ? text : `${Array.from(text).slice(0, mostShown).join('')}…`;

/** A setting that its author marks as a password: `format: password`, or `writeOnly`. */
export const isConfidential = (schema: JsonObject): boolean =>
  schema['format'] === 'password' || schema['writeOnly'] === true;

/** What a schema allows, in a few words; null where that takes more than a few. */
export function allowedBy(schema: Json | undefined): string | null {
  if (!isJsonObject(schema)) return null;
  if (Array.isArray(schema['enum'])) return `one of ${listed(schema['enum'])}`;
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  if (schema['type'] === undefined) return null;
  const { minimum, maximum } = schema;
  const words = typeWords(schema['type']);
  if (typeof minimum === 'number' && typeof maximum === 'number') {
    return `${words} from ${minimum} to ${maximum}`;
  }
  if (typeof minimum === 'number') return `${words}, at least ${minimum}`;
  return typeof maximum === 'number' ? `${words}, at most ${maximum}` : words;
}
