import { basename } from 'node:path';
import { YamlText } from '../yaml-text.ts';
import { javascriptTokens } from './javascript-tokens.ts';
import { isMapping } from './json-place.ts';
import { isSource } from './sources.ts';

/** What a file is for, as far as it can be checked here. */
export type FileKind =
  | 'workspace'
  | 'composition'
  | 'command'
  | 'environment'
  | 'manifest'
  | 'source'
  | 'other';

/** Told by the name where that says it, else by the members that only files of one kind have. */
export function kindOf(file: string, text: string): FileKind {
  if (isSource(file)) {
    const isModule = !file.endsWith('.py') && isCompositionModule(text);
    return isModule ? 'composition' : 'source';
  }
  if (basename(file) === 'capstan.yaml') return 'workspace';
  if (!/\.(ya?ml|json)$/.test(file)) return 'other';
  const value = valueOf(file, text);
  if (!isMapping(value)) return 'composition';
  const has = (...members: string[]) => members.every((member) => member in value);
  if (value['unit'] === 'adapter' || has('format_version') || has('install', 'code'))
    return 'manifest';
  if (has('nodes') || has('steps')) return 'composition';
  if (Array.isArray(value['capabilities'])) return 'workspace';
  if (has('executable')) return 'command';
  if (Array.isArray(value['dependencies'])) return 'environment';
  if (has('python_path') || has('conda_env')) return 'manifest';
  return 'composition'; // whoever checks one says what is wrong with it
}

function valueOf(file: string, text: string): unknown {
  if (!file.endsWith('.json')) return new YamlText(text, file).value;
  try {
    return JSON.parse(text);
  } catch {
    // A broken manifest is one all the same.
    return /"(format_version|python_path|drift_tracking|protocol_members)"/.test(text)
      ? { format_version: null }
      : null;
  }
}

/**
 * Compositions may be modules, too: built with the functions of `capstan`, or an object with `nodes` as the module's
 * default. What uses the worker's SDK is the source of a tool, whatever else it says.
 */
function isCompositionModule(text: string): boolean {
  const tokens = javascriptTokens(text);
  const packages = tokens.flatMap(({ value }) => (value === undefined ? [] : [value]));
  if (packages.some((name) => name.startsWith('@capstan/worker'))) return false;
  const follows = (first: string, second: string) =>
    tokens.some((token, at) => token.text === first && tokens[at + 1]?.text === second);
  return packages.includes('capstan') || (follows('export', 'default') && follows('nodes', ':'));
}
