import { copyFile, constants, link, lstat, mkdir, realpath } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import {
  fileValue,
  filesIn,
  isFileSchema,
  type Json,
  type JsonObject,
  type JsonSchema,
} from '@capstan/protocol';
import { HostError } from '../../errors.ts';

export interface OutputPlaces {
  /** The tool's own folder, where these tools keep what they make. */
  dataDir: string;
  /** The call's own folder. */
  callDir: string;
  /** What the call was given; it may pass files of it on. */
  given: JsonObject;
}

/**
 * That protocol has no word for a file: a result names one by its path, and only what its author declared
 * tells such a text from any other. Where the schema of a result says "a file", the file gets a second name in
 * the call's folder, for the host to take; the tool's own stays, since these tools find it there again.
 *
 * Throws FILE_OUTSIDE_CALL_DIR for a file from anywhere else.
 */
export async function claimFiles(
  value: Json,
  schema: JsonSchema | null,
  places: OutputPlaces,
): Promise<Json> {
  if (schema === null) return value;
  if (isFileSchema(schema)) return typeof value === 'string' ? claim(value, places) : value;
  if (Array.isArray(value)) {
    const items = schemaIn(schema, 'items');
    return Promise.all(value.map((item) => claimFiles(item, items, places)));
  }
  const properties = schema['properties'];
  if (!isObject(value) || !isObject(properties)) return value;
  const members = await Promise.all(
    Object.entries(value).map(async ([key, item]) => {
      const known = properties[key];
      return [key, isObject(known) ? await claimFiles(item, known, places) : item] as const;
    }),
  );
  return Object.fromEntries(members);
}

async function claim(path: string, { dataDir, callDir, given }: OutputPlaces): Promise<Json> {
  const absolute = resolve(dataDir, path);
  const isGiven = filesIn(given).some((file) => file.path === absolute);
  if (isGiven) return tagged(absolute);
  const found = await lstat(absolute).catch(() => null);
  if (found?.isFile() !== true) throw refused(path, 'it is no regular file', dataDir);
  const real = await realpath(absolute);
  const isOwn = await Promise.all([dataDir, callDir].map((folder) => isBelow(folder, real)));
  if (!isOwn.includes(true)) throw refused(path, 'it lies elsewhere', dataDir);
  await mkdir(callDir, { recursive: true });
  const target = join(callDir, basename(real));
  if (target === real) return tagged(real);
  await link(real, target).catch(() => copyFile(real, target, constants.COPYFILE_FICLONE));
  return tagged(target);
}

async function isBelow(folder: string, path: string): Promise<boolean> {
  const inside = relative(await realpath(folder).catch(() => folder), path);
  return inside !== '' && !inside.startsWith('..');
}

const tagged = (path: string): Json => {
  const { __wire__, data } = fileValue({ path });
  return { __wire__, data: { ...data } };
};

const refused = (path: string, why: string, dataDir: string): HostError =>
  new HostError(
    'FILE_OUTSIDE_CALL_DIR',
    `The file ${path} was returned as an output, but ${why}. A tool of cjm-substrate may return files of its own folder, ${dataDir}, and files that it was given.`,
    { details: { path, dataDir } },
  );

const schemaIn = (schema: JsonSchema, member: string): JsonSchema | null => {
  const found = schema[member];
  return isObject(found) ? found : null;
};

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
