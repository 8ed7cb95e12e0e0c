import { diskFullError, isDiskFull } from '../environments/index.ts';
import { HostError, messageOf } from '../errors.ts';

/**
 * What a file system's refusal means to somebody who installs a capability. Anything else that was not
 * foreseen is our own mistake and says so.
 */
export async function asInstallError(
  name: string,
  thrown: unknown,
  environmentsDir: string,
): Promise<HostError> {
  if (thrown instanceof HostError) return thrown;
  if (isDiskFull(thrown)) return diskFullError(`The installation of ${name}`, environmentsDir);
  if (!isRefusal(thrown)) {
    const message = `${name} could not be installed: ${messageOf(thrown)}`;
    return new HostError('INTERNAL', message, { cause: thrown });
  }
  const { path = environmentsDir, code } = thrown;
  return new HostError(
    'FOLDER_NOT_WRITABLE',
    `${name} could not be installed: ${path} cannot be written${code === 'ENOENT' ? '' : ` (${code})`}.`,
    {
      hint: 'Make it a folder you may write. Environments lie below XDG_DATA_HOME, records below the workspace.',
      details: { path, reason: code },
    },
  );
}

interface Refusal extends Error {
  code: string;
  path?: string;
}

/** On a read-only disk a recursive mkdir reports that a folder it was to make is not there. */
function isRefusal(thrown: unknown): thrown is Refusal {
  if (!(thrown instanceof Error) || !('code' in thrown)) return false;
  const isMkdir = 'syscall' in thrown && thrown.syscall === 'mkdir';
  return (
    ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(String(thrown.code)) ||
    (isMkdir && ['ENOENT', 'EEXIST'].includes(String(thrown.code)))
  );
}
