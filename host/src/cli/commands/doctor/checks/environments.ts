import { stat } from 'node:fs/promises';
import { size } from '../../../terminal/quantities.ts';
import { type Check, type Finding, ok, problem, warning } from '../finding.ts';

/** The folder of all environments: nobody else may write there, and what nobody uses takes room. */
export const environments: Check = async ({ runtime, env, root }) => {
  const { environmentsDir } = runtime.machinePaths(env);
  const info = await stat(environmentsDir).catch(() => null);
  if (info === null) return [];
  const open = writable(environmentsDir, info.mode);
  if (root !== null) await runtime.recordUsersOf(root);
  const unused = await runtime.unusedEnvironments(environmentsDir);
  const bytes = unused.reduce((total, one) => total + one.bytes, 0);
  const whole = unused.filter(({ kind }) => kind === 'environment').length;
  const copies = unused.length - whole;
  const what = [
    counted(whole, 'environment', 'environments'),
    counted(copies, 'copy of code', 'copies of code'),
  ].filter(Boolean);
  return [
    ...open,
    unused.length === 0
      ? ok('environments', `all in ${environmentsDir} are used`)
      : ok(
          'environments',
          `${what.join(' and ')} nobody uses, ${size(bytes)}; \`capstan prune environments\` removes them`,
        ),
  ];
};

/** Whoever may write there may change the code that runs as this user. */
const writable = (folder: string, mode: number): Finding[] =>
  (mode & 0o002) === 0
    ? []
    : [
        problem(
          'environments',
          `${folder} can be changed by other users`,
          `Run \`chmod o-w ${folder}\`.`,
        ),
      ];

const counted = (count: number, one: string, several: string): string =>
  count === 0 ? '' : `${count} ${count === 1 ? one : several}`;

/** What a workspace allows beyond the usual; no fault, but worth knowing when something is odd. */
export const looser: Check = async ({ runtime, root }) => {
  if (root === null) return [];
  const declared = await runtime.readWorkspace(root).catch(() => null);
  return (declared?.capabilities ?? []).flatMap(({ name, environment, lenient }) => {
    const check = `capability ${name}`;
    const found: Finding[] = [];
    if (lenient) {
      found.push(
        warning(
          check,
          'settings it does not know are dropped',
          'Take `lenient: true` away to be told of them.',
        ),
      );
    }
    if (environment.kind === 'npm' && (environment.allowScripts ?? []).length > 0) {
      const names = (environment.allowScripts ?? []).join(', ');
      found.push(
        warning(
          check,
          `the install scripts of ${names} run`,
          'Take `allowScripts` away where nothing needs them.',
        ),
      );
    }
    if ('ignoreRequiresPython' in environment && environment.ignoreRequiresPython === true) {
      found.push(
        warning(
          check,
          'which Python its packages ask for is ignored',
          'Take `ignoreRequiresPython` away once a fitting Python is here.',
        ),
      );
    }
    return found;
  });
};
