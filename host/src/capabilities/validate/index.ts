import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { HostError, messageOf } from '../../errors.ts';
import { workspacePaths } from '../../paths.ts';
import { parseCommand } from '../command-declaration.ts';
import { parseCondaFile } from '../conda-file.ts';
import { configError } from '../config/index.ts';
import {
  type CapabilityDeclaration,
  parseDeclarations,
  parseWorkspace,
  type Workspace,
} from '../declaration.ts';
import { earlierManifest } from '../install-one.ts';
import { want } from '../prepare.ts';
import type { Position } from '../yaml-text.ts';
import { type Finding, inOrder } from './finding.ts';
import { lintJavaScript } from './javascript-lint.ts';
import { type FileKind, kindOf } from './kind.ts';
import { validateManifest } from './manifest.ts';
import { lintPython } from './python-lint.ts';
import { filesBelow } from './sources.ts';

export type { Finding } from './finding.ts';
export type { FileKind } from './kind.ts';
export { lintJavaScript } from './javascript-lint.ts';
export { validateManifest } from './manifest.ts';
export { lintPython } from './python-lint.ts';

export interface ValidatedFile {
  file: string;
  kind: FileKind;
  findings: Finding[];
}

/**
 * Checks one file, or those below a folder that are capability sources, manifests or a `capstan.yaml`. A composition
 * is only recognized: it takes a catalog to check one. Throws FILE_NOT_FOUND.
 */
export async function validateFiles(path: string): Promise<ValidatedFile[]> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new HostError('FILE_NOT_FOUND', `There is no ${path}.`, { cause, details: { path } });
  });
  if (!info.isDirectory()) return [await validateFile(path)];
  const found: ValidatedFile[] = [];
  for (const file of await filesBelow(path)) {
    // oxlint-disable-next-line no-await-in-loop -- a large tree would open all its files at once
    const one = await validateFile(file);
    if (one.kind !== 'other' && one.kind !== 'composition') found.push(one);
  }
  return found;
}

/** What a workspace declares: `capstan.yaml`, the sources it names, and the manifests of what is installed. */
export async function validateWorkspace(root: string): Promise<ValidatedFile[]> {
  const declared = await validateFile(join(root, 'capstan.yaml'));
  const { manifestsDir } = workspacePaths(root);
  const places = [...(await sourcesOf(root)), manifestsDir];
  const found = new Map([[declared.file, declared]]);
  for (const place of places) {
    // oxlint-disable-next-line no-await-in-loop
    for (const one of await validateFiles(place).catch(() => [])) found.set(one.file, one);
  }
  return [...found.values()];
}

async function sourcesOf(root: string): Promise<string[]> {
  try {
    const file = join(root, 'capstan.yaml');
    const declared = parseWorkspace(await readFile(file, 'utf8'), file);
    return declared.flatMap(({ source }) =>
      source === null ? [] : [isAbsolute(source) ? source : join(root, source)],
    );
  } catch {
    return []; // its own findings say why
  }
}

async function validateFile(file: string): Promise<ValidatedFile> {
  const text = await textOf(file);
  if (text === null) {
    const findings = [
      problem(file, 'unreadable', 'it is not a text file (UTF-8), or cannot be read'),
    ];
    return { file, kind: 'other', findings };
  }
  const kind = kindOf(file, text);
  return { file, kind, findings: inOrder(await findingsOf(kind, file, text)) };
}

async function findingsOf(kind: FileKind, file: string, text: string): Promise<Finding[]> {
  switch (kind) {
    case 'source':
      return file.endsWith('.py') ? lintPython(text, file) : lintJavaScript(text, file);
    case 'manifest':
      return validateManifest(text, file);
    case 'workspace':
      return ofWorkspace(file, text);
    case 'command':
      return told(() => parseCommand(text, file), file);
    case 'environment':
      return told(() => parseCondaFile(text, file), file);
    case 'composition':
    case 'other':
      return [];
    default:
      return kind satisfies never;
  }
}

/** The declarations themselves, then whether the files they name are there and fit. */
async function ofWorkspace(file: string, text: string): Promise<Finding[]> {
  const wrong = await told(() => parseWorkspace(text, file), file);
  if (wrong.length > 0) return wrong;
  const workspace = { root: dirname(file), file, ...parseDeclarations(text, file) };
  const found = await Promise.all(
    workspace.capabilities.map(async (declaration) => [
      ...(await told(() => want(declaration, workspace), file, declaration.where())),
      ...(await told(() => mustTakeSettings(declaration, workspace), file)),
    ]),
  );
  return found.flat();
}

/** Throws what is wrong with the settings, by the schema of what is installed. */
async function mustTakeSettings(
  declaration: CapabilityDeclaration,
  { root, file }: Workspace,
): Promise<void> {
  const { manifestsDir } = workspacePaths(root);
  const manifest = await earlierManifest(join(manifestsDir, `${declaration.name}.json`));
  const wrong = configError(declaration, manifest?.code.config_schema, file);
  if (wrong !== null) throw wrong;
}

/** What a reader of ours refuses, as findings; each of its problems has its place. */
async function told(
  read: () => unknown,
  file: string,
  otherwise: Position = { line: 1, column: 1 },
): Promise<Finding[]> {
  try {
    await read();
    return [];
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const { problems, file: where } = error.details as { problems?: Told[]; file?: string };
    const place = { file: where ?? file, severity: 'error' as const, code: codeOf(error) };
    if (!Array.isArray(problems) || problems.some((one) => typeof one.line !== 'number')) {
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      return [{ ...place, file, ...otherwise, message: messageOf(error), ...hint }];
    }
    return problems.map(({ line, column, message, hint }) => ({
      ...place,
      line,
      column,
      message,
      ...(hint === undefined ? {} : { hint }),
    }));
  }
}

interface Told extends Position {
  message: string;
  hint?: string;
}

const codeOf = ({ code }: HostError): string => code.toLowerCase().replaceAll('_', '-');

const problem = (file: string, code: string, message: string): Finding => ({
  file,
  line: 1,
  column: 1,
  severity: 'error',
  code,
  message,
});

const mostBytes = 4 * 1024 * 1024;

async function textOf(file: string): Promise<string | null> {
  try {
    const info = await stat(file);
    if (!info.isFile() || info.size > mostBytes) return null;
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch {
    return null;
  }
}
