import { HostError } from '../../../errors.ts';

/** A file that was named, and is not there. */
export const nothingThere =
  (file: string) =>
  (cause: unknown): HostError =>
    new HostError('FILE_NOT_FOUND', `There is no ${file}.`, { cause, details: { path: file } });
