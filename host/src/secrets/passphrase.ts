import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { HostError, messageOf } from '../errors.ts';

export interface FoundPassphrase {
  passphrase: string;
  warnings: string[];
}

const fileVariable = 'CAPSTAN_SECRETS_PASSPHRASE_FILE';
const descriptorVariable = 'CAPSTAN_SECRETS_PASSPHRASE_FD';

/**
 * The passphrase that a file or an open descriptor holds, where the environment names one; null where it
 * does not. There is no variable for the passphrase itself: every program of the user could read it there.
 * Throws SECRETS_LOCKED when what is named cannot be read.
 */
export async function givenPassphrase(env: {
  readonly [name: string]: string | undefined;
}): Promise<FoundPassphrase | null> {
  const file = env[fileVariable];
  if (file !== undefined && file !== '') {
    try {
      const passphrase = firstLine(await readFile(file, 'utf8'), `${file} (${fileVariable})`);
      return { passphrase, warnings: await looseness(file) };
    } catch (error) {
      throw error instanceof HostError ? error : unreadable(`${file} (${fileVariable})`, error);
    }
  }
  const descriptor = env[descriptorVariable];
  if (descriptor === undefined || descriptor === '') return null;
  const what = `descriptor ${descriptor} (${descriptorVariable})`;
  if (!/^\d+$/.test(descriptor)) throw unreadable(what, 'it is no number');
  try {
    return { passphrase: firstLine(readFileSync(Number(descriptor), 'utf8'), what), warnings: [] };
  } catch (error) {
    throw error instanceof HostError ? error : unreadable(what, error);
  }
}

function firstLine(text: string, what: string): string {
  const [line = ''] = text.split(/\r?\n/);
  if (line === '') throw unreadable(what, 'it is empty');
  return line;
}

async function looseness(file: string): Promise<string[]> {
  const { mode } = await stat(file);
  const isLoose = process.platform !== 'win32' && (mode & 0o077) !== 0;
  return isLoose ? [`Others may read the passphrase in ${file}. Run: chmod 600 '${file}'`] : [];
}

const unreadable = (what: string, error: unknown): HostError =>
  new HostError(
    'SECRETS_LOCKED',
    `The passphrase of the secrets cannot be read from ${what}: ${messageOf(error)}.`,
    { hint: `Put it there in one line, or unset the variable to be asked.` },
  );
