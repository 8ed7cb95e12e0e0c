import { homedir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { CjmImport } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';
import { findRoot } from '../../workspace.ts';

export interface ImportOptions {
  write?: boolean;
  dryRun?: boolean;
  useInstalled?: boolean;
}

/** Shows what a project of the reference system becomes here; writes it when told to. */
export async function importCjm(
  context: Context,
  path: string,
  options: ImportOptions,
): Promise<ExitCode> {
  if (options.write === true && options.dryRun === true) {
    throw new HostError('USAGE', '--write and --dry-run contradict each other.');
  }
  const { cwd, env } = context.io;
  const runtime = await context.doors.declared();
  const found = await runtime.importCjm({
    path: resolve(cwd, path.replace(/^~(?=\/|$)/, env['HOME'] || homedir())),
    root: rootFor(context),
    write: options.write === true,
    useInstalled: options.useInstalled === true,
    env,
  });
  if (context.json) context.printJson(documentOf(found));
  else tell(context, found);
  return 0;
}

/** The workspace it belongs into; where there is none yet, here or in the folder of -C. */
function rootFor(context: Context): string {
  const { cwd } = context.io;
  const named = context.globals.workspace;
  return named === undefined ? (findRoot(context) ?? cwd) : resolve(cwd, named);
}

function documentOf({
  file,
  read,
  entries,
  notes,
  problems,
  yaml,
  manifests,
  isWritten,
}: CjmImport) {
  return {
    file,
    read,
    written: isWritten,
    entries: entries.map(({ name, from, isPresent, value, notes: own }) => ({
      name,
      from,
      state: isPresent ? 'present' : isWritten ? 'added' : 'proposed',
      entry: value,
      notes: own,
    })),
    notes,
    problems,
    manifests,
    yaml,
  };
}

function tell(context: Context, found: CjmImport): void {
  const { say, print, talkStyle } = context;
  const { cwd } = context.io;
  const short = (path: string): string => {
    const inside = relative(cwd, path);
    return inside === '' || inside.startsWith('..') ? path : inside;
  };
  const { entries, notes, problems, isWritten, yaml, file, read, manifests } = found;
  say(`Read ${read.map(short).join(', ')}.`);
  for (const { name, from, isPresent, notes: own } of entries) {
    const state = isPresent
      ? 'is declared already; left as it is'
      : isWritten
        ? 'added'
        : 'would be added';
    say('', `${talkStyle.bold(plain(name))}  ${state}  ${talkStyle.dim(plain(short(from)))}`);
    for (const { kind, text } of own) say(`  ${kind.padEnd(8)}${plain(text)}`);
  }
  if (notes.length > 0) say('', talkStyle.bold('As a whole'));
  for (const { kind, text } of notes) say(`  ${kind.padEnd(8)}${plain(text)}`);
  for (const { file: bad, line, column, message } of problems) {
    say('', `${short(bad)}:${line}:${column}: ${talkStyle.yellow('left out')}: ${plain(message)}`);
  }
  for (const manifest of manifests)
    say('', `${isWritten ? 'copied' : 'would copy'} ${short(manifest)}`);
  say('');
  if (isWritten) {
    print(`added ${entries.filter(({ isPresent }) => !isPresent).length} to ${short(file)}`);
    say(
      '',
      `Next: capstan install${manifests.length > 0 ? ' (or use them as they are: capstan list)' : ''}`,
    );
  } else if (yaml === '') {
    say(`Nothing to add to ${short(file)}.`);
  } else {
    print(yaml.trimEnd());
    say(
      '',
      `Nothing was written. To add it to ${short(join(file))}: the same command with --write`,
    );
  }
}
