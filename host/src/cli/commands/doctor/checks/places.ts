import { access, constants, mkdir, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../../../errors.ts';
import { size } from '../../../terminal/quantities.ts';
import { type Check, type Finding, ok, problem, warning } from '../finding.ts';

/** What the longest name of a socket below the runtime folder takes, and what a socket's path may have. */
const socketNameBytes = 40;
const socketPathBytes = 100;
const scarceBytes = 1_000_000_000;

/** The folder for sockets: only ours to enter, and with a path short enough for a socket. */
export const runtimeFolder: Check = async ({ runtime, env }) => {
  const { runtimeDir } = runtime.machinePaths(env);
  const check = 'sockets';
  try {
    await mkdir(runtimeDir, { recursive: true, mode: 0o700 });
    const { mode, uid } = await stat(runtimeDir);
    if (uid !== process.getuid?.()) {
      return [
        problem(
          check,
          `${runtimeDir} belongs to another user`,
          'Set XDG_RUNTIME_DIR to a folder of your own.',
        ),
      ];
    }
    if ((mode & 0o077) !== 0) {
      return [
        problem(
          check,
          `${runtimeDir} can be entered by others`,
          `Run \`chmod 700 ${runtimeDir}\`.`,
        ),
      ];
    }
  } catch (error) {
    return [problem(check, messageOf(error), 'Set XDG_RUNTIME_DIR to a folder you may write.')];
  }
  return Buffer.byteLength(runtimeDir) + socketNameBytes > socketPathBytes
    ? [
        problem(
          check,
          `${runtimeDir} is too long for sockets`,
          'Set XDG_RUNTIME_DIR to a shorter path.',
        ),
      ]
    : [ok(check, runtimeDir)];
};

/** Free space where environments and the workspace's state lie. */
export const disk: Check = async ({ runtime, env, root }) => {
  const places = [runtime.machinePaths(env).dataDir, ...(root === null ? [] : [root])];
  return Promise.all(places.map(freeSpace));
};

async function freeSpace(folder: string): Promise<Finding> {
  const place = await nearestExisting(folder);
  const refusal = await whyNotWritable(place);
  if (refusal !== null) {
    return problem(
      'disk',
      `${place} cannot be written (${refusal})`,
      'Make it a folder you may write, or set XDG_DATA_HOME to one.',
    );
  }
  const { bavail, bsize } = await statfs(place);
  const free = bavail * bsize;
  const message = `${size(free)} free for ${folder}`;
  return free < scarceBytes
    ? warning('disk', message, 'Make room: a Python environment with models takes a few GB.')
    : ok('disk', message);
}

async function nearestExisting(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  return found !== null || folder === dirname(folder) ? folder : nearestExisting(dirname(folder));
}

/** The disk may be read-only, the folder another user's, or a file in a folder's place. */
const whyNotWritable = (folder: string): Promise<string | null> =>
  access(`${folder}/.`, constants.W_OK | constants.X_OK).then(
    () => null,
    (error: unknown) =>
      error instanceof Error && 'code' in error ? String(error.code) : 'unknown',
  );
