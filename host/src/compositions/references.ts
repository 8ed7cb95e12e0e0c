import { nearest } from '@capstan/protocol';
import type { JsonPath } from './composition.ts';

/**
 * `${{ inputs.audio }}` and `${{ nodes.wav.output.path }}`: the only expressions a composition has.
 *
 *     reference = root { "." name | "." index | "[" index "]" | "[" quoted "]" }
 *     root      = "inputs." name | "nodes." id ".output"
 *
 * A text that is nothing but one reference *becomes* the value referred to, whatever its type; references
 * inside a longer text are written into it. `$${{` stands for the characters `${{` themselves.
 */
export interface Reference {
  root: { input: string } | { node: string };
  path: JsonPath;
  /** As it was written, without the braces. */
  text: string;
  /** Where its `${{` is in the text. */
  offset: number;
}

export type Template =
  | { kind: 'literal'; text: string }
  | { kind: 'whole'; reference: Reference }
  | { kind: 'text'; parts: (string | Reference)[] };

export interface ReferenceError {
  message: string;
  hint?: string;
  offset: number;
}

/** Takes a text apart. Every malformed reference is in `errors`, and left out of the template. */
export function parseTemplate(text: string): { template: Template; errors: ReferenceError[] } {
  const parts: (string | Reference)[] = [];
  const errors: ReferenceError[] = [];
  let literal = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf('${{', at);
    if (open === -1) break;
    if (open > at && text[open - 1] === '$') {
      literal += `${text.slice(at, open - 1)}\${{`;
      at = open + 3;
      continue;
    }
    literal += text.slice(at, open);
    const close = endOfReference(text, open + 3);
    if (close === -1) {
      errors.push({
        message: 'this `${{` is never closed by `}}`',
        hint: 'write `$${{` for the characters themselves',
        offset: open,
      });
      at = text.length;
      break;
    }
    const parsed = parseReference(text.slice(open + 3, close), open);
    if ('message' in parsed) errors.push(parsed);
    else {
      if (literal !== '') parts.push(literal);
      literal = '';
      parts.push(parsed);
    }
    at = close + 2;
  }
  literal += text.slice(at);
  if (literal !== '') parts.push(literal);
  return { template: templateOf(parts), errors };
}

function templateOf(parts: (string | Reference)[]): Template {
  const [first] = parts;
  if (first === undefined) return { kind: 'literal', text: '' };
  if (parts.length > 1) return { kind: 'text', parts };
  return typeof first === 'string'
    ? { kind: 'literal', text: first }
    : { kind: 'whole', reference: first };
}

/** The index of the closing braces; those inside a quoted key do not count. */
function endOfReference(text: string, from: number): number {
  const ending = /"(?:[^"\\]|\\.)*"|\}\}/g;
  ending.lastIndex = from;
  for (let match = ending.exec(text); match !== null; match = ending.exec(text)) {
    if (match[0] === '}}') return match.index;
  }
  return -1;
}

const step = /\.([A-Za-z_][A-Za-z0-9_-]*)|\.(\d+)|\[\s*(\d+)\s*\]|\[\s*("(?:[^"\\]|\\.)*")\s*\]/y;

function parseReference(inner: string, open: number): Reference | ReferenceError {
  const text = inner.trim();
  const start = open + 3 + (inner.length - inner.trimStart().length);
  const root = /^[A-Za-z_][A-Za-z0-9_-]*/.exec(text)?.[0];
  if (root === undefined) {
    return text === ''
      ? { message: 'there is nothing between `${{` and `}}`', hint: expected, offset: open }
      : { message: `\`${text}\` is not a reference`, hint: expected, offset: start };
  }
  const steps: (string | number)[] = [];
  const offsets: number[] = [];
  let at = root.length;
  while (at < text.length) {
    step.lastIndex = at;
    const match = step.exec(text);
    if (match === null) {
      return {
        message: `unexpected \`${text.slice(at).trimStart()}\` after \`${text.slice(0, at)}\``,
        hint: 'references take a value apart with `.name` and `[0]`; there are no other operators',
        offset: start + at,
      };
    }
    const parsed = stepOf(match);
    if (parsed === undefined) {
      return { message: `${match[4]} is not a text in JSON`, offset: start + at };
    }
    steps.push(parsed);
    offsets.push(start + at);
    at += match[0].length;
  }
  return rooted({ root, steps, offsets, text, start, open });
}

function stepOf([, name, digits, index, quoted]: RegExpExecArray): string | number | undefined {
  if (name !== undefined) return name;
  if (quoted === undefined) return Number(digits ?? index);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return undefined;
  }
}

const expected = 'write `inputs.NAME` or `nodes.ID.output`, then `.key` or `[0]`';

interface Parsed {
  root: string;
  steps: (string | number)[];
  offsets: number[];
  text: string;
  start: number;
  open: number;
}

function rooted({ root, steps, offsets, text, start, open }: Parsed): Reference | ReferenceError {
  const [first, second, ...rest] = steps;
  if (root !== 'inputs' && root !== 'nodes') {
    const guess = nearest(root, ['inputs', 'nodes']);
    return {
      message: `a reference starts with \`inputs\` or \`nodes\`, not \`${root}\``,
      hint: guess === null ? expected : `did you mean \`${guess}${text.slice(root.length)}\`?`,
      offset: start,
    };
  }
  if (typeof first !== 'string') {
    const what = root === 'inputs' ? 'input' : 'node';
    return { message: `\`${text}\` does not say which ${what}`, hint: expected, offset: start };
  }
  if (root === 'inputs') {
    return { root: { input: first }, path: steps.slice(1), text, offset: open };
  }
  if (second !== 'output') {
    return {
      message:
        second === undefined
          ? `\`${text}\` is a node, not a value`
          : `a node has only \`output\`, not \`${second}\``,
      hint: `write \`nodes.${first}.output${second === undefined || nearest(String(second), ['output']) ? '' : `.${second}`}\``,
      offset: offsets[1] ?? start,
    };
  }
  return { root: { node: first }, path: rest, text, offset: open };
}

export interface FoundReference {
  /** Where in the value the text is that holds the reference. */
  path: (string | number)[];
  reference: Reference;
  isWhole: boolean;
}

/** Every reference at any depth of a JSON value; malformed ones are in `errors`. */
export function findReferences(value: unknown): {
  references: FoundReference[];
  errors: (ReferenceError & { path: (string | number)[] })[];
} {
  const references: FoundReference[] = [];
  const errors: (ReferenceError & { path: (string | number)[] })[] = [];
  const visit = (part: unknown, path: (string | number)[]): void => {
    if (typeof part === 'string') {
      const parsed = parseTemplate(part);
      for (const error of parsed.errors) errors.push({ ...error, path });
      if (parsed.template.kind === 'whole') {
        references.push({ path, reference: parsed.template.reference, isWhole: true });
      } else if (parsed.template.kind === 'text') {
        for (const piece of parsed.template.parts) {
          if (typeof piece !== 'string')
            references.push({ path, reference: piece, isWhole: false });
        }
      }
    } else if (Array.isArray(part)) {
      for (const [index, item] of part.entries()) visit(item, [...path, index]);
    } else if (typeof part === 'object' && part !== null) {
      for (const [key, item] of Object.entries(part)) visit(item, [...path, key]);
    }
  };
  visit(value, []);
  return { references, errors };
}
