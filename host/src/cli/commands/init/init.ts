import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Language, templatesFor } from './templates.ts';

export interface InitOptions {
  language?: Language;
  yes?: boolean;
}

export async function init(context: Context, options: InitOptions): Promise<ExitCode> {
  const root = resolve(context.io.cwd, context.globals.workspace ?? '.');
  const language = options.language ?? (await chosenLanguage(context, options));
  await mkdir(root, { recursive: true }).catch((error: unknown) => {
    throw notWritable(root, error);
  });
  const created: string[] = [];
  const kept: string[] = [];
  for (const [name, text] of Object.entries(templatesFor(language))) {
    // oxlint-disable-next-line no-await-in-loop -- in order, so that what was created is known if one fails
    ((await createOnly(join(root, name), text)) ? created : kept).push(name);
  }
  const isIgnored = await ignoreState(root);
  if (context.json)
    context.printJson({ workspace: root, language, created, kept, ignored: isIgnored });
  else tell(context, root, created, kept);
  return 0;
}

async function chosenLanguage(context: Context, { yes }: InitOptions): Promise<Language> {
  if (yes === true || !context.canAsk) return 'typescript';
  const { isCancel, select } = await import('@clack/prompts');
  const answer = await select<Language>({
    message: 'Which language shall the first tool be written in?',
    options: [
      { value: 'typescript', label: 'TypeScript', hint: 'its own npm folder' },
      { value: 'python', label: 'Python', hint: 'its own virtual environment' },
    ],
    output: process.stderr,
  });
  if (isCancel(answer)) throw new HostError('INTERRUPTED', 'Nothing was written.');
  return answer;
}

/** Whether it was created; a file that is there already stays as it is. */
async function createOnly(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw notWritable(path, error);
  }
}

/** What the system refused, in its words; anything else is thrown on as it is. */
function notWritable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new HostError('FOLDER_NOT_WRITABLE', `${path} cannot be made: ${error.message}`, {
    hint: 'Name a folder you may write, with -C.',
    details: { path },
  });
}

/** Keeps what Capstan records out of version control. */
async function ignoreState(root: string): Promise<boolean> {
  const file = join(root, '.gitignore');
  const text = await readFile(file, 'utf8').catch(() => '');
  if (/^\/?\.capstan\/?\s*$/m.test(text)) return false;
  await appendFile(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}.capstan/\n`);
  return true;
}

function tell(
  { io, print, say, talkStyle: style }: Context,
  root: string,
  created: string[],
  kept: string[],
): void {
  for (const name of created) print(`created  ${join(root, name)}`);
  for (const name of kept) print(`kept     ${join(root, name)}`);
  const here = root === io.cwd ? '' : `cd ${root}\n  `;
  say(
    '',
    'Next:',
    `  ${here}capstan install`,
    '  capstan run hello.greet --input who=World',
    `  capstan run hello.yaml --input who=World   ${style.dim('the same as a composition')}`,
  );
}
