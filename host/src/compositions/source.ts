import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { Json } from '@capstan/protocol';
import { messageOf } from '../errors.ts';
import type { JsonPath } from './composition.ts';
import type { Position, Problem } from './problems.ts';

/** A YAML or JSON text as plain data, and the way back from any place in that data to line and column. */
export interface Source {
  value: Json;
  /** What is wrong with the text itself. Nothing else is worth checking while there is any. */
  problems: (Problem & Position & { source: string })[];
  locate(problem: Problem): (Position & { source: string }) | undefined;
}

/** Reads YAML 1.2; JSON is the part of it that `.json` files are held to. */
export function readSource(original: string, syntax: 'yaml' | 'json'): Source {
  // A tab is never part of a JSON string, and YAML would refuse it as indentation.
  const text = syntax === 'json' ? original.replaceAll('\t', ' ') : original;
  const withoutMark = text.replace(/^\uFEFF/, '');
  const lineCounter = new LineCounter();
  const document = parseDocument(withoutMark, { lineCounter, prettyErrors: false, merge: true });
  const lines = withoutMark.split(/\r?\n/);
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(Math.min(offset, withoutMark.length));
    return {
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      source: lines[Math.max(line, 1) - 1] ?? '',
    };
  };
  const problem = (message: string, offset: number, hint?: string) => ({
    severity: 'error' as const,
    message,
    ...(hint === undefined ? {} : { hint }),
    path: [],
    ...at(offset),
  });

  const problems = [
    ...syntaxErrors(document).map((error) =>
      problem(plainMessage(error), error.pos[0], hintFor(error, at(error.pos[0]).source)),
    ),
    ...valuesJsonLacks(document).map(({ message, offset, hint }) => problem(message, offset, hint)),
  ];
  if (syntax === 'json' && problems.length === 0) {
    const message = jsonSyntaxError(withoutMark);
    if (message !== undefined) problems.push(problem(message.text, message.offset));
  }
  let value: Json = null;
  try {
    if (problems.length === 0) value = document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    // A few lines of aliases to aliases can stand for more data than there is memory.
    problems.push(problem(`not usable YAML: ${messageOf(error)}`, 0));
  }
  return {
    value,
    problems,
    locate: (found) => {
      const offset = offsetOf(document, withoutMark, found);
      return offset === undefined ? undefined : at(offset);
    },
  };
}

/** One broken bracket makes a parser complain all the way down; only the first complaint is about it. */
function syntaxErrors(document: Document.Parsed): YAMLError[] {
  const repeated = document.errors.filter((error) => error.code === 'DUPLICATE_KEY');
  const first = document.errors.find((error) => error.code !== 'DUPLICATE_KEY');
  return first === undefined ? [...repeated, ...document.warnings] : [first];
}

function plainMessage(error: YAMLError): string {
  if (error.code === 'DUPLICATE_KEY') return 'this key is already there';
  if (error.code === 'MULTIPLE_DOCS')
    return 'a file holds one composition, and here a second document starts';
  return `not valid YAML: ${error.message}`;
}

function hintFor(error: YAMLError, line: string): string | undefined {
  if (error.code === 'DUPLICATE_KEY') return 'give it another name, or remove one of the two';
  if (error.code === 'TAB_AS_INDENT') return 'indent with spaces';
  if (/[{,[]\s*(?:[\w-]+:\s+)?\$\{\{/.test(line)) {
    return 'inside { … } and [ … ] a reference needs quotes: "${{ inputs.name }}"';
  }
  return undefined;
}

/** YAML has keys that are not text, numbers without end, and values that contain themselves. */
function valuesJsonLacks(
  document: Document.Parsed,
): { message: string; offset: number; hint?: string }[] {
  const found: { message: string; offset: number; hint?: string }[] = [];
  visit(document, {
    Pair(_, pair) {
      const key = pair.key;
      if (isScalar(key) && (typeof key.value === 'string' || typeof key.value === 'symbol')) return;
      const offset = startOf(key) ?? 0;
      if (isScalar(key)) {
        const written = key.source ?? String(key.value);
        found.push({
          message: `a key must be text, and ${written === '' ? 'this one is empty' : `\`${written}\` is not`}`,
          offset,
          ...(written === '' ? {} : { hint: `write "${written}" in quotes` }),
        });
      } else found.push({ message: 'a key must be text, not a list or a mapping', offset });
    },
    Scalar(key, scalar) {
      if (key === 'key' || typeof scalar.value !== 'number') return;
      const isWhole = Number.isInteger(scalar.value);
      if (Number.isFinite(scalar.value) && (!isWhole || Number.isSafeInteger(scalar.value))) return;
      found.push({
        message: `${scalar.source ?? scalar.value} is not a number that JSON can carry exactly`,
        offset: startOf(scalar) ?? 0,
        hint: 'write it in quotes if text will do',
      });
    },
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document);
      const offset = startOf(alias) ?? 0;
      if (target === undefined) {
        found.push({ message: `there is no anchor &${alias.source} above`, offset });
      } else if (ancestors.includes(target)) {
        found.push({ message: `*${alias.source} would contain itself`, offset });
      }
    },
  });
  return found;
}

function jsonSyntaxError(text: string): { text: string; offset: number } | undefined {
  if (text.trim() === '') return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const message = messageOf(error);
    const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? text.trimEnd().length);
    return {
      text: `not valid JSON: ${message.replace(/ (?:in JSON )?at position.*$/, '')}`,
      offset,
    };
  }
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** Walks the text's own tree, so aliases and merged keys lead to where they are written. */
function offsetOf(document: Document.Parsed, text: string, problem: Problem): number | undefined {
  const { pair, node } = walk(document, problem.path);
  if (problem.atKey === true && pair !== undefined) return startOf(pair.key);
  const start = startOf(node) ?? startOf(pair?.key) ?? 0;
  if (problem.offset === undefined || !isScalar(node) || typeof node.value !== 'string')
    return start;
  return start + offsetInSource(node.value, text.slice(start, node.range?.[1]), problem.offset);
}

function walk(document: Document.Parsed, path: JsonPath): { pair?: Pair; node: unknown } {
  let node: unknown = document.contents;
  let pair: Pair | undefined;
  for (const step of path) {
    const holder = isAlias(node) ? node.resolve(document) : node;
    let next: unknown;
    if (isMap(holder)) next = findPair(document, holder.items, String(step));
    else if (isSeq(holder)) next = holder.items[Number(step)];
    // A place that is missing is reported where it ought to be.
    if (next === undefined) break;
    if (isPair(next)) [pair, node] = [next, next.value ?? next.key];
    else node = next;
  }
  return {
    ...(pair === undefined ? {} : { pair }),
    node: isAlias(node) ? (node.resolve(document) ?? node) : node,
  };
}

function findPair(
  document: Document.Parsed,
  items: readonly Pair[],
  key: string,
): Pair | undefined {
  const direct = items.find((item) => isScalar(item.key) && item.key.value === key);
  if (direct !== undefined) return direct;
  for (const item of items) {
    if (!isScalar(item.key) || (item.key.value !== '<<' && typeof item.key.value !== 'symbol'))
      continue;
    const merged = isSeq(item.value) ? item.value.items : [item.value];
    for (const one of merged) {
      const map = isAlias(one) ? one.resolve(document) : one;
      const found = isMap(map) ? findPair(document, map.items, key) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/**
 * Quotes, escapes and folded lines make a scalar's source longer than its value. References are written
 * the same in both, so the way there is counted in opening braces.
 */
function offsetInSource(value: string, source: string, offset: number): number {
  const before = value.lastIndexOf('${{', offset);
  if (before === -1) return 0;
  const nth = value.slice(0, before + 3).split('${{').length - 1;
  let at = -1;
  for (let i = 0; i < nth; i++) {
    const next = source.indexOf('${{', at + 1);
    if (next === -1) return 0;
    at = next;
  }
  return at + (offset - before);
}
