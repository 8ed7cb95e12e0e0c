import {
  accessSync,
  constants,
  copyFileSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, extname, isAbsolute, join, resolve, sep } from 'node:path';
import {
  BadValue,
  type FileValue,
  fileValue,
  isTaggedFile,
  type Json,
  type TaggedFile,
  typedValue,
} from '@capstan/protocol';
import { FatalError, InputError } from './errors.ts';

/** A file a call was given. Read it at `path`; return it to pass it on. */
export class InputFile {
  readonly path: string;
  readonly mediaType: string | undefined;
  readonly size: number | undefined;
  readonly sha256: string | undefined;
  readonly #value: FileValue;

  constructor(value: FileValue) {
    this.#value = value;
    this.path = value.path;
    this.mediaType = value.mediaType;
    this.size = value.size;
    this.sha256 = value.sha256;
  }

  /** `talk.wav` */
  get name(): string {
    return basename(this.path);
  }

  /** `talk` */
  get stem(): string {
    return basename(this.path, extname(this.path));
  }

  /** `.wav` */
  get extension(): string {
    return extname(this.path);
  }

  isReadable(): boolean {
    try {
      accessSync(this.path, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  }

  toJSON(): TaggedFile {
    return fileValue(this.#value);
  }
}

/** A file a call makes. Write it at `path`, then return it, alone or inside the result. */
export class OutputFile {
  readonly path: string;
  readonly mediaType: string | undefined;

  constructor(path: string, mediaType: string | undefined) {
    this.path = path;
    this.mediaType = mediaType;
  }

  toJSON(): TaggedFile {
    const { path, mediaType } = this;
    return fileValue({ path, ...(mediaType === undefined ? {} : { mediaType }) });
  }
}

/** A decoded value with every file as an `InputFile`, whose path is collected, and registered kinds as their classes. */
export function reviveValues(value: Json, paths: Set<string>): unknown {
  return typedValue(value, (tagged) => {
    if (!isTaggedFile(tagged)) return undefined;
    paths.add(tagged.data.path);
    return new InputFile(tagged.data);
  });
}

/** Files taken over so far, for names that no two of them share. */
let adopted = 0;

/** The folder one call may write to. It appears on disk with its first use. */
export class CallFolder {
  readonly #path: string;
  #exists = false;

  constructor(callsDir: string, callId: string) {
    this.#path = join(callsDir, callId);
  }

  get path(): string {
    if (!this.#exists) mkdirSync(this.#path, { recursive: true });
    this.#exists = true;
    return this.#path;
  }

  /** Where an output of that name goes; a name may have folders, which are made. */
  pathOf(name: string): string {
    const path = resolve(this.path, name);
    if (isAbsolute(name) || !path.startsWith(this.#path + sep)) {
      throw new InputError(
        `an output cannot be called ${JSON.stringify(name)}: it would lie outside of the call's folder`,
      );
    }
    mkdirSync(resolve(path, '..'), { recursive: true });
    return path;
  }

  /** Takes over a file that a value saved itself to, wherever that is; its path from now on. */
  adopt(savedAt: string): string {
    const path = this.pathOf(`${process.pid}-${++adopted}-${basename(savedAt)}`);
    try {
      renameSync(savedAt, path);
    } catch {
      copyFileSync(savedAt, path, constants.COPYFILE_FICLONE);
      rmSync(savedAt);
    }
    return path;
  }

  /**
   * The files of a result, vetted: each lies in this folder once links are resolved, or is one of the
   * call's own inputs. Sizes are filled in, since the host would have to look anyway.
   */
  vet(value: Json, inputs: ReadonlySet<string>): Json {
    return vetted(value, '$', (file, place) => this.#vetFile(file, place, inputs));
  }

  #vetFile(file: FileValue, place: string, inputs: ReadonlySet<string>): FileValue {
    if (inputs.has(file.path)) return file;
    if (!isAbsolute(file.path)) {
      throw outside(place, file.path, 'a file is named by its absolute path');
    }
    let real: string;
    try {
      real = realpathSync(file.path);
    } catch (error) {
      throw new BadValue(`${place}.data.path`, `names a file that was not written: ${file.path}`, {
        cause: error,
      });
    }
    if (!real.startsWith(realpathSync(this.path) + sep)) {
      throw outside(place, file.path, `write it below ${this.#path}, best with ctx.output(name)`);
    }
    const { size } = statSync(real);
    return { ...file, path: real, size };
  }
}

function outside(place: string, path: string, hint: string): FatalError {
  return new FatalError(
    `${place} claims the output ${path}, which is outside of the call's own folder`,
    {
      code: 'FILE_OUTSIDE_CALL_DIR',
      hint,
    },
  );
}

function vetted(
  value: Json,
  place: string,
  vet: (file: FileValue, place: string) => FileValue,
): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isTaggedFile(value)) return { __wire__: value.__wire__, data: { ...vet(value.data, place) } };
  if (Array.isArray(value))
    return value.map((item, index) => vetted(item, `${place}[${index}]`, vet));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, vetted(item, `${place}.${key}`, vet)]),
  );
}
