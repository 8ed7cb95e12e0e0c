import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HostError, messageOf } from '../errors.ts';
import type { Context } from './context.ts';
import type { Json, JsonObject } from './runtime.ts';
import { truncate } from './terminal/width.ts';

export interface InputOptions {
  input?: string[];
  inputs?: string;
}

/**
 * The inputs as given: `--inputs` first, each `--input` over it. Texts stay texts; the runtime brings them
 * to the declared types, and reads files.
 */
export async function givenInputs(context: Context, options: InputOptions): Promise<JsonObject> {
  const fromFile = options.inputs === undefined ? {} : await inputsFile(context, options.inputs);
  return { ...fromFile, ...Object.fromEntries((options.input ?? []).map(parseInput)) };
}

/** `name=text`, or `name:=json`. */
export function parseInput(text: string): [name: string, value: Json] {
  const [, name, colon, value] = /^([^=:]+)(:?)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    const lack = text.includes('=') ? 'name before the "="' : '"="';
    throw new HostError('USAGE', `--input ${excerpt(text)} has no ${lack}.`, {
      hint: 'Write --input name=value, or --input name:=json.',
    });
  }
  return [name, colon === ':' ? parseJson(value, `--input ${excerpt(text)}`) : value];
}

async function inputsFile(context: Context, file: string): Promise<JsonObject> {
  const text =
    file === '-'
      ? await context.io.stdin.text()
      : await readInputsFile(resolve(context.io.cwd, file));
  const what = file === '-' ? 'What came on stdin' : file;
  const value = parseJson(text.replace(/^\uFEFF/, ''), what);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new HostError('INPUT_INVALID', `${what} is no JSON object with a member per input.`);
}

async function readInputsFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new HostError('FILE_NOT_FOUND', `The file of inputs ${file} cannot be read.`, { cause });
  }
}

/** A value may be megabytes; an error names it, and does not repeat it. */
const excerpt = (text: string): string => truncate(text.slice(0, 200), 80);

export function parseJson(text: string, what: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new HostError('INPUT_INVALID', `${what} is not JSON: ${messageOf(cause).slice(0, 200)}`);
  }
}
