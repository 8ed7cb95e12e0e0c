import { readFile } from 'node:fs/promises';
import { type Check, ok, warning } from '../finding.ts';

/**
 * The workers of cjm-substrate have no token: whoever can open a connection to the loopback may call them
 * while they run. Our own listen on sockets that only their user can open.
 */
export const loopback: Check = async ({ runtime, env, root }) => {
  if (root === null) return [];
  const declared = await runtime.readWorkspace(root).catch(() => null);
  if (declared === null) return [];
  const { installed } = await runtime.loadInstalled(declared, env);
  const names = [...installed.values()]
    .filter(({ dialect }) => dialect === 'cjm')
    .map(({ name }) => name);
  if (names.length === 0) return [];
  const others = await otherUsers();
  const who = names.join(', ');
  if (others.length === 0) {
    return [
      ok('loopback', `workers of cjm-substrate (${who}) have no token; you are the only user`),
    ];
  }
  return [
    warning(
      'loopback',
      `workers of cjm-substrate (${who}) have no token: other users of this machine (${others.slice(0, 3).join(', ')}) can call them while they run`,
      'Keep such tools to machines of your own, or to a container.',
    ),
  ];
};

/** People who can log in, other than this one. */
async function otherUsers(): Promise<string[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const own = process.getuid?.();
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', , , , shell = ''] = line.split(':');
    const canLogIn = /^\d+$/.test(uid) && Number(uid) >= 1000 && !/(nologin|false)$/.test(shell);
    return canLogIn && Number(uid) !== own && name !== 'nobody' ? [name] : [];
  });
}
