import { createHash } from 'node:crypto';
import type { Json } from '@capstan/protocol';

/**
 * JSON that keeps what JavaScript's own numbers lose. Manifests carry hashes over Python's JSON, where `1`
 * and `1.0` are different values and integers have no limit, so a number that was read keeps its spelling.
 * Numbers made here are plain ones: whole ones are Python integers.
 */
export type PythonJson =
  | null
  | boolean
  | string
  | number
  | JsonNumber
  | PythonJson[]
  | { [key: string]: PythonJson };
export type PythonObject = { [key: string]: PythonJson };

/** A number as it was written. */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const keepSpelling = (_key: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === 'number' ? new JsonNumber(context?.source ?? String(value)) : value;

/** Reads JSON text; a SyntaxError tells where it is broken. */
export function parsePythonJson(text: string): PythonJson {
  const value: PythonJson = JSON.parse(text, keepSpelling);
  return value;
}

/** Writes it indented, each number as it was written. Text is kept as it is, not escaped to ASCII. */
export function formatPythonJson(value: PythonJson, indent = ''): string {
  const inner = `${indent}  `;
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) {
    const items = value.map((item) => inner + formatPythonJson(item, inner));
    return items.length === 0 ? '[]' : `[\n${items.join(',\n')}\n${indent}]`;
  }
  if (isPythonObject(value)) {
    const members = Object.entries(value).map(
      ([key, item]) => `${inner}${JSON.stringify(key)}: ${formatPythonJson(item, inner)}`,
    );
    return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}

/** The same value for JavaScript's own use, where 1.0 is 1. */
export function plainJson(value: PythonJson): Json {
  if (value instanceof JsonNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(plainJson);
  if (isPythonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainJson(item)]));
  }
  return value;
}

export const isPythonObject = (value: PythonJson | undefined): value is PythonObject =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof JsonNumber);

/**
 * `sha256:<hex>` over the canonical form: what Python's `json.dumps(value, sort_keys=True,
 * separators=(",", ":"))` prints. A missing value counts as an empty object.
 */
export function canonicalHash(value: PythonJson): string {
  const text = canonicalJson(value ?? {});
  return `sha256:${createHash('sha256').update(text, 'latin1').digest('hex')}`;
}

export function canonicalJson(value: PythonJson): string {
  if (value === null) return 'null';
  if (value instanceof JsonNumber) return canonicalNumber(value.text);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return asciiString(value);
  if (typeof value === 'number') {
    return Number.isInteger(value) ? BigInt(value).toString() : pythonFloat(value);
  }
  const members = Object.entries(value)
    .toSorted(([a], [b]) => byCodePoint(a, b))
    .map(([key, item]) => `${asciiString(key)}:${canonicalJson(item)}`);
  return `{${members.join(',')}}`;
}

/** Without point or exponent Python reads an integer of any size, else a float. */
function canonicalNumber(text: string): string {
  return /^-?\d+$/.test(text) ? BigInt(text).toString() : pythonFloat(Number(text));
}

/** Python's `repr` of a float: the same shortest digits as JavaScript's, in another dress. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '0', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

const shortEscapes: { readonly [character: string]: string } = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

/** Everything but printable ASCII escaped, one `\uXXXX` for each UTF-16 unit, as Python does. */
function asciiString(text: string): string {
  const escaped = text.replace(
    /["\\]|[^ -~]/g,
    (unit) => shortEscapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}

/** Python sorts by code point; JavaScript's own order, by UTF-16 unit, puts U+1F600 before U+FF00. */
function byCodePoint(a: string, b: string): number {
  const left = Array.from(a, (character) => character.codePointAt(0) ?? 0);
  const right = Array.from(b, (character) => character.codePointAt(0) ?? 0);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
