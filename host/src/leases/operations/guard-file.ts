import {
  closeSync,
  fsyncSync,
  fchmodSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { HostError, messageOf } from '../../errors.ts';
import { newId } from '../../ids.ts';
import type { Guarded, GuardedFile } from '../request.ts';
import { notDone } from './change.ts';
import { coverage, mayWrite } from './may-write.ts';
import type { Place } from './place.ts';

/** Content that lies beside its target, on disk, and only has to be renamed. */
export interface Staged {
  target: string;
  making: string;
}

/**
 * Writes the content beside the target and syncs it. The path is resolved before it is trusted: a link is followed to
 * where it leads, and that has to lie in the region.
 */
export function stage({ path, content, mode }: GuardedFile): Staged {
  if (!isAbsolute(path)) {
    throw new HostError('USAGE', `${path} is not an absolute path`, {
      hint: 'Resolve it against the tree first.',
    });
  }
  const target = targetOf(path);
  const making = join(dirname(target), `.${basename(target).slice(0, 100)}.${newId('evt')}`);
  try {
    const old = statSync(target, { throwIfNoEntry: false });
    if (old?.isDirectory() === true) throw new Error('it is a folder');
    const file = openSync(making, 'wx', 0o600);
    try {
      writeFileSync(file, content);
      fchmodSync(file, mode ?? (old === undefined ? 0o644 : old.mode & 0o7777));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return { target, making };
  } catch (error) {
    rmSync(making, { force: true });
    throw cannotWrite(path, error);
  }
}

/** Inside the transaction: the rename, or why not. What was staged is gone either way. */
export function guardFile(
  place: Place,
  id: string,
  secret: string,
  staged: Staged & { token?: number },
): Guarded {
  const { target, making, token } = staged;
  try {
    const may = mayWrite(place, id, secret, token);
    if (may.kind === 'refused') return may;
    // Somebody may have put a link in the way since.
    if (targetOf(target) !== target) {
      return notDone({
        code: 'REGION_OUTSIDE_TREE',
        reason: `${target} leads elsewhere now than when it was looked at`,
        hint: 'Look at the links on the way to it.',
      });
    }
    const outside = coverage(may.lease, target, true);
    if (outside !== null) return outside;
    renameSync(making, target);
    syncFolder(dirname(target));
    place.tx.append({
      type: 'guarded',
      leaseId: id,
      payload: { token: may.lease.token, what: target },
    });
    return { kind: 'done', lease: may.lease, path: target };
  } catch (error) {
    throw error instanceof HostError ? error : cannotWrite(target, error);
  } finally {
    rmSync(making, { force: true });
  }
}

/** Where a write to the path would end up. Throws FILE_NOT_FOUND where its folder is not there. */
export function targetOf(path: string): string {
  const full = resolve(path);
  try {
    const there = lstatSync(full, { throwIfNoEntry: false });
    return there === undefined
      ? join(realpathSync(dirname(full)), basename(full))
      : realpathSync(full);
  } catch (error) {
    throw new HostError('FILE_NOT_FOUND', `${path} cannot be written: ${messageOf(error)}`, {
      hint: 'Make its folder first, or mend the link.',
      details: { path },
      cause: error,
    });
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

const cannotWrite = (path: string, error: unknown): HostError =>
  new HostError('FOLDER_NOT_WRITABLE', `${path} could not be written: ${messageOf(error)}`, {
    hint: 'Nothing was changed. Check the permissions and the space of its folder.',
    details: { path },
    cause: error,
  });
