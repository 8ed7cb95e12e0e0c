import { isTaggedFile, type Json } from '@capstan/protocol';
import { isObject } from './composition.ts';
import { fileAt, UnusableFile } from './files.ts';
import { alternatives, isFile, type SchemaAt, stepInto } from './schemas/navigate.ts';

export interface ReadFilesOptions {
  /** What paths are relative to. */
  folder: string;
  /** Hears why a file cannot be used; its path then stays in place. */
  report: (why: string) => void;
  /** Says of a text that it only becomes a path later. */
  isLater?: (text: string) => boolean;
  /** Take files that were given as values as they are, because somebody has just looked at them. */
  trusting?: boolean;
}

/** Paths as files, wherever the schema has a file; files that were given as values are read again. */
export async function readFiles(
  at: SchemaAt,
  value: Json,
  options: ReadFilesOptions,
): Promise<Json> {
  const path = isTaggedFile(value) ? value.data.path : value;
  if (typeof path === 'string') {
    const choices = alternatives(at);
    const isText =
      typeof value === 'string' && choices.some((choice) => choice.schema['type'] === 'string');
    if (isText || !choices.some(isFile) || options.isLater?.(path) === true) return value;
    return readFile(path, value, options);
  }
  const inside = (step: string | number, part: Json): Promise<Json> | Json => {
    const next = stepInto(at, step);
    return next.kind === 'found' ? readFiles(next.at, part, options) : part;
  };
  if (Array.isArray(value)) {
    return Promise.all(value.map(async (item, index) => inside(index, item)));
  }
  if (!isObject(value) || typeof value['__wire__'] === 'string') return value;
  const entries = Object.entries(value).map(
    async ([key, part]) => [key, await inside(key, part)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function readFile(
  path: string,
  value: Json,
  { folder, report, trusting = false }: ReadFilesOptions,
): Promise<Json> {
  if (trusting && isTaggedFile(value)) return value;
  try {
    const file = await fileAt(path, folder);
    const claimed = isTaggedFile(value) ? value.data.sha256 : undefined;
    if (claimed !== undefined && claimed !== file.data.sha256) {
      report(
        `${file.data.path} is no longer what it was: its content hash is ${file.data.sha256}, not ${claimed}`,
      );
    }
    return { ...file, data: { ...file.data } };
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    report(error.message);
    return value;
  }
}
