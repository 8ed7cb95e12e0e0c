import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { HostError } from '../errors.ts';

/** A requirements file with everything it refers to read: nothing in it depends on where it lay. */
export interface Requirements {
  lines: string[];
  constraints: string[];
  /** Absolute paths of wheels, archives and folders that are named as packages. */
  localPaths: string[];
}

/** Reads a requirements file, the files it includes (`-r`) and its constraints (`-c`). */
export async function readRequirements(file: string): Promise<Requirements> {
  const found: Requirements = { lines: [], constraints: [], localPaths: [] };
  await readInto(found, file, []);
  return found;
}

/** The same for lines that stand in `capstan.yaml` itself. */
export async function requirementsOf(
  lines: readonly string[],
  root: string,
): Promise<Requirements> {
  const found: Requirements = { lines: [], constraints: [], localPaths: [] };
  for (const line of lines) {
    // oxlint-disable-next-line no-await-in-loop -- a few lines, in their order
    await takeLine(found, line.trim(), root, []);
  }
  return found;
}

async function readInto(found: Requirements, file: string, from: readonly string[]): Promise<void> {
  if (from.includes(file)) return;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HostError('FILE_NOT_FOUND', `The requirements file ${file} cannot be read.`, {
      cause,
      details: { path: file },
    });
  });
  for (const line of logicalLines(text)) {
    // oxlint-disable-next-line no-await-in-loop
    await takeLine(found, line, dirname(file), [...from, file]);
  }
}

async function takeLine(
  found: Requirements,
  line: string,
  folder: string,
  from: readonly string[],
): Promise<void> {
  const included = /^(?:-r|--requirement)[\s=]\s*(\S+)$/.exec(line)?.[1];
  const constraints = /^(?:-c|--constraint)[\s=]\s*(\S+)$/.exec(line)?.[1];
  if (included !== undefined) {
    await readInto(found, resolve(folder, included), from);
  } else if (constraints !== undefined) {
    const { lines } = await readRequirements(resolve(folder, constraints));
    found.constraints.push(...lines);
  } else if (isLocalPath(line)) {
    found.localPaths.push(resolve(folder, line));
  } else if (line !== '') {
    found.lines.push(line);
  }
}

/** Lines as pip sees them: continued ones joined, comments and blank ones gone. */
export function logicalLines(text: string): string[] {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** Whether somebody wrote the path of a file or folder rather than the name of a package. */
export const isLocalPath = (text: string): boolean => /^\.{0,2}\//.test(text) || isAbsolute(text);
