import { spawn } from 'node:child_process';
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
  close(): Promise<void>;
}

export async function openSandbox(): Promise<Sandbox> {
  const root = await mkdtemp(join(tmpdir(), 'capstan-examples-'));
  const env = { ...process.env, XDG_DATA_HOME: join(root, 'data'), NO_COLOR: '1' };
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
      const [command = '', ...rest] = [...within, process.execPath, cli, ...args];
      const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
      const child = spawn(command, rest, { cwd: folder, env, stdio });
      const ended = new Promise<number | null>((resolve, reject) => {
        child.once('error', reject).once('close', resolve);
      });
      const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        ended,
      ]);
      return { code, stdout, stderr };
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
}

/** The lines of all files of an example, data and expectations apart. */
export async function linesOf(example: string): Promise<number> {
  const names = await readdir(join(examples, example));
  const files = names.filter((name) => !name.startsWith('.') && !name.endsWith('.txt'));
  const texts = await Promise.all(
    files.map((name) => readFile(join(examples, example, name), 'utf8')),
  );
  return texts.reduce((sum, content) => sum + content.split('\n').length - 1, 0);
}
