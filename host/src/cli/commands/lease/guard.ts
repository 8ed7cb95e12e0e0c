import { resolve } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { refusal } from './answers.ts';
import { leaseRoot, withDesk } from './place.ts';
import { readSecret } from './secret-files.ts';

export interface GuardOptions {
  secretFile: string;
  to: string;
  token?: number;
}

/**
 * Puts what comes on stdin into a file, while the lease certainly holds: a holder that was asleep for longer than its
 * term writes nothing. The ledger itself is asked, with or without a host: what is to be written is here.
 */
export async function guard(
  context: Context,
  id: string,
  { secretFile, to, token }: GuardOptions,
): Promise<ExitCode> {
  if (secretFile === '-') {
    throw new HostError('USAGE', 'The secret cannot come on stdin: the content of the file does.', {
      hint: 'Put the secret in a file of your own, which `acquire --secret-out` does.',
    });
  }
  if (context.io.stdin.isTTY) {
    throw new HostError('USAGE', 'The content of the file has to come on stdin.', {
      hint: '`… | capstan lease guard ID --secret-file FILE --to PATH`, or `< FILE`.',
    });
  }
  const root = leaseRoot(context);
  const secret = await readSecret(context, secretFile);
  const content = await context.io.stdin.bytes();
  const file = {
    path: resolve(context.io.cwd, to),
    content,
    ...(token === undefined ? {} : { token }),
  };
  const answer = await withDesk(context, root, (desk) => desk.guardFile(id, secret, file));
  if (answer.kind === 'refused') throw refusal(answer);
  const { lease, path } = answer;
  if (context.json) context.printJson({ kind: 'done', path, bytes: content.length, lease });
  else context.say(`${content.length} bytes are in ${path}, under token ${lease.token}.`);
  return 0;
}
