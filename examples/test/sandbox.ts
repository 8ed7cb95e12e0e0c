import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const examples = fileURLToPath(new URL('..', import.meta.url));
const cli = fileURLToPath(new URL('../../host/bin/capstan.cjs', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Examples copied to a temporary folder, with environments of their own: the first run is a first run. */
export interface Sandbox {
  copyOf(example: string): Promise<string>;
  /** Runs the command line; `within` is a command to run it in, such as one that takes the network away. */
  capstan(folder: string, args: string[], within?: string[]): Promise<Ended>;
  /** Runs the command line until its talk matches, and kills it there, without any warning. */
  kill(folder: string, args: string[], when: RegExp): Promise<void>;
  close(): Promise<void>;
}

export async function openSandbox(): Promise<Sandbox> {
  const root = await mkdtemp(join(tmpdir(), 'capstan-examples-'));
  const env = { ...process.env, XDG_DATA_HOME: join(root, 'data'), NO_COLOR: '1' };
  const start = (folder: string, [command = '', ...args]: string[]) =>
    spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return {
    async copyOf(example) {
      const folder = join(root, example);
      await cp(join(examples, example), folder, {
        recursive: true,
        filter: (path) => !/[\\/](\.capstan|__pycache__)$/.test(path),
      });
      return folder;
    },
    async capstan(folder, args, within = []) {
      const child = start(folder, [...within, process.execPath, cli, ...args]);
      const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        ended(child),
      ]);
      return { code, stdout, stderr };
    },
    async kill(folder, args, when) {
      const child = start(folder, [process.execPath, cli, ...args]);
      const end = ended(child);
      let talk = '';
      for await (const piece of child.stderr.setEncoding('utf8')) {
        talk += String(piece);
        if (when.test(talk)) child.kill('SIGKILL');
      }
      await end;
      if (!when.test(talk)) throw new Error(`it ended before it said ${String(when)}:\n${talk}`);
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });

/** The lines of all files of an example, data and expectations apart. */
export async function linesOf(example: string): Promise<number> {
  const names = await readdir(join(examples, example));
  const files = names.filter((name) => !name.startsWith('.') && !name.endsWith('.txt'));
  const texts = await Promise.all(
    files.map((name) => readFile(join(examples, example, name), 'utf8')),
  );
  return texts.reduce((sum, content) => sum + content.split('\n').length - 1, 0);
}
