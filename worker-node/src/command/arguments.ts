import { basename, extname } from 'node:path';
import { InputFile, OutputFile } from '../files.ts';
import type { CommandArgument } from './declaration.ts';
import { type Piece, parseTemplate, wholeReference } from './template.ts';

/** What templates refer to during one call. */
export interface Scope {
  inputs: { readonly [name: string]: unknown };
  outputs: { readonly [name: string]: OutputFile };
}

/** The tool's arguments. Each template stays one argument whatever its values hold; only a list becomes several. */
export function expandArguments(argv: readonly CommandArgument[], scope: Scope): string[] {
  return argv.flatMap((argument) => {
    if (typeof argument === 'number') return [String(argument)];
    if (typeof argument === 'string') return expandOne(argument, scope);
    return isGiven(valueAt(argument.when.split('.'), scope))
      ? expandArguments(argument.argv, scope)
      : [];
  });
}

function expandOne(template: string, scope: Scope): string[] {
  const pieces = parseTemplate(template);
  const whole = wholeReference(pieces);
  const value = whole === null ? undefined : valueAt(whole, scope);
  return Array.isArray(value) ? value.map(textOf) : [joined(pieces, scope)];
}

/** A template as one text. */
export const expandText = (template: string, scope: Scope): string =>
  joined(parseTemplate(template), scope);

const joined = (pieces: Piece[], scope: Scope): string =>
  pieces
    .map((piece) => (piece.kind === 'text' ? piece.text : textOf(valueAt(piece.path, scope))))
    .join('');

/** The value a reference leads to; files have the parts `path`, `name`, `stem` and `extension`. */
export function valueAt([root, name = '', part]: string[], scope: Scope): unknown {
  const table: { readonly [name: string]: unknown } =
    root === 'outputs' ? scope.outputs : scope.inputs;
  const value = table[name];
  if (part === undefined || !(value instanceof InputFile || value instanceof OutputFile))
    return value;
  const { path } = value;
  switch (part) {
    case 'name':
      return basename(path);
    case 'stem':
      return basename(path, extname(path));
    case 'extension':
      return extname(path);
    default:
      return path;
  }
}

function textOf(value: unknown): string {
  if (value instanceof InputFile || value instanceof OutputFile) return value.path;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && value !== '';
