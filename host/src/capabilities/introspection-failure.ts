import { pathToFileURL } from 'node:url';
import { defaults } from '../defaults.ts';
import type { ToolEnd } from '../environments/index.ts';
import { HostError } from '../errors.ts';
import { isPythonObject, type PythonObject } from './python-json.ts';

/** The code that ran is a copy; what people are told names the file they can edit. */
export interface CopiedCode {
  copy: string;
  original: string;
}

/** Why a capability did not answer, in its own words and with its own last lines of output. */
export function introspectionFailure(
  name: string,
  module: string,
  code: CopiedCode | null,
  end: ToolEnd,
  answer: PythonObject | null,
): HostError {
  if (end.kind === 'aborted') {
    return new HostError('INTERRUPTED', `The installation of ${name} was interrupted.`);
  }
  const told = answer?.['error'];
  const said = isPythonObject(told) ? told : {};
  const here = (text: string): string => (code === null ? text : atOriginal(text, code));
  const reason = here(textOf(said['message']) ?? howItEnded(end));
  const lines = end.lines.slice(-defaults.diagnosisLines).map(here);
  if (textOf(said['code']) === 'ADAPTER_NOT_FOUND') return noSuchAdapter(name, reason);
  const printed = lines.length === 0 ? '' : `\nIts last output:\n${indented(lines)}`;
  const traceback = textOf(said['traceback']);
  return new HostError(
    'INTROSPECTION_FAILED',
    `${name} could not be loaded in its environment: ${reason}${printed}`,
    {
      hint: textOf(said['hint']) ?? hintFor(reason, name, code),
      details: {
        module,
        exitCode: end.code,
        signal: end.signal,
        traceback: traceback === undefined ? undefined : here(traceback),
        output: lines,
        code: textOf(said['code']),
      },
    },
  );
}

const noSuchAdapter = (name: string, reason: string): HostError =>
  new HostError('ADAPTER_NOT_FOUND', `An adapter that ${name} names is not there: ${reason}`, {
    hint: 'Correct `adapters:` in its entry in capstan.yaml; without it, every adapter that fits is bound.',
    details: { capability: name },
  });

function atOriginal(text: string, { copy, original }: CopiedCode): string {
  return text
    .replaceAll(pathToFileURL(copy).href, pathToFileURL(original).href)
    .replaceAll(copy, original);
}

function howItEnded(end: ToolEnd): string {
  if (end.kind === 'timed-out') {
    return `importing it took longer than ${defaults.introspectMs / 1000} s`;
  }
  return end.signal === null
    ? `its process ended with exit code ${end.code} and no answer`
    : `its process was ended by ${end.signal}`;
}

function hintFor(reason: string, name: string, code: CopiedCode | null): string {
  if (/No module named|Cannot find (module|package)/.test(reason)) {
    return 'Add the package to the requirements of this capability; for a file of your own, name its folder as `source`.';
  }
  if (/several capabilities/.test(reason)) return 'Add `class:` to its entry in capstan.yaml.';
  if (/has no class/.test(reason)) return 'Correct `class:` in its entry in capstan.yaml.';
  if (/no subclass of/.test(reason)) {
    return 'Define one: `class Name(Capability):` with an `@action`; see docs/capabilities.md.';
  }
  const what = code === null ? 'its package' : code.original;
  return `Importing the code must neither fail, end the process nor wait: correct ${what}, then run \`capstan install ${name}\`.`;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join('\n');
