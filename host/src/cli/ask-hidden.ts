import { HostError } from '../errors.ts';
import type { Context } from './context.ts';

/** Asks for something that is not to be seen; nothing of it, not even its length, is shown. */
export async function askHidden(message: string): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts');
  const answer = await password({ message, mask: '', output: process.stderr });
  if (isCancel(answer)) throw new HostError('INTERRUPTED', 'Nothing was changed.');
  return answer ?? '';
}

/**
 * A value from the terminal, unseen, or from stdin, where one line's end at its end does not belong to it.
 * Throws USAGE when there is neither.
 */
export async function readHidden(context: Context, message: string): Promise<string> {
  if (context.canAsk) return askHidden(message);
  const { stdin } = context.io;
  if (stdin.isTTY) {
    throw new HostError('USAGE', 'Nobody may be asked here, so the value has to come on stdin.', {
      hint: 'Give it by a pipe or from a file: `… < value.txt`. In a terminal it would be seen.',
    });
  }
  const value = (await stdin.text()).replace(/\r?\n$/, '');
  if (value === '') {
    throw new HostError('USAGE', 'There was nothing on stdin.', {
      hint: 'Give the value there, `… < value.txt`, or run the command in a terminal to be asked.',
    });
  }
  return value;
}

/** A new passphrase, asked for twice. */
export async function askNewPassphrase(): Promise<string> {
  const passphrase = await askHidden('A passphrase for the secrets of this workspace:');
  if (passphrase === '') throw new HostError('USAGE', 'The passphrase is empty.');
  if ((await askHidden('The same again:')) === passphrase) return passphrase;
  throw new HostError('USAGE', 'The two are not the same. Nothing was changed.');
}
