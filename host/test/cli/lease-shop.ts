import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { documentIn } from './documents.ts';
import { type Ended, type Running, startCapstan } from './shell.ts';
import { type Answer, capstan } from './fake-io.ts';

type Document = ReturnType<typeof documentIn>;

/** A workspace of lanes, with machine-wide folders of its own. */
export interface LeaseShop {
  root: string;
  env: NodeJS.ProcessEnv;
  /** In this process, which saves the start of another. */
  say: (line: string | readonly string[], stdin?: string, cwd?: string) => Promise<Answer>;
  /** The document of a command that ends well. */
  document: (schema: string, line: string, stdin?: string) => Promise<Document>;
  start: (...argv: string[]) => Running;
  run: (line: string) => Promise<Ended>;
  write: (path: string, text: string) => Promise<void>;
  remove: () => Promise<void>;
}

export const lanes = `lanes:
  backend: { paths: [src/api/**], exclusive: true, class: agents }
  frontend: { paths: [src/web], class: agents }
  docs: { paths: [docs], class: agents }
  release: { alone: true }
classes: { agents: { most: 2 } }
resources:
  "license:x": 3
  board: { amount: 1, scope: machine }
leases: { maxTerm: 2h }
`;

export async function openLeaseShop(): Promise<LeaseShop> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'leases-')));
  const root = join(home, 'ws');
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await write('capstan.yaml', lanes);
  await mkdir(join(home, 'run'), { mode: 0o700 });
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_RUNTIME_DIR: join(home, 'run'),
  };
  const words = (line: string | readonly string[]): string[] =>
    typeof line === 'string' ? line.split(' ') : [...line];
  const say: LeaseShop['say'] = (line, stdin = '', cwd = root) =>
    capstan(['lease', ...words(line)], { cwd, env, stdin, nowMs: Date.now() });
  return {
    root,
    env,
    write,
    say,
    document: async (schema, line, stdin) => {
      const { code, stdout, stderr } = await say(`${line} --json`, stdin);
      if (code !== 0) throw new Error(`${line}: ${code}\n${stdout}${stderr}`);
      return documentIn(stdout, schema);
    },
    start: (...argv) => startCapstan(argv, root, env),
    run: (line) => startCapstan(line.split(' '), root, env).ended,
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
