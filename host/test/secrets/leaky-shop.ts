import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCapstan, type Running } from '../cli/shell.ts';

const bin = fileURLToPath(new URL('../../bin/capstan.cjs', import.meta.url));
const fixtures = fileURLToPath(new URL('../fixtures/secrets', import.meta.url));

/** With something of everything that some encoding treats in its own way. */
export const secret = `s3cr3t/+"ä'$&% val~ue-<0123456789>`;
const hidden = 'hidden-9876543210-key';

/** What no file, no output, no argument and no environment may hold. */
export const traces = [secret, hidden].flatMap((value) => {
  const bytes = Buffer.from(value);
  const behind = (text: string): string =>
    Buffer.from(`${text}${value}`)
      .toString('base64')
      .slice(text.length + 2, -4);
  return [
    value,
    value.slice(0, 12),
    value.slice(-12),
    bytes.toString('base64').slice(0, -3),
    bytes.toString('base64url').slice(0, -3),
    behind('u'),
    behind('us'),
    behind('user:'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value)).slice(3, -3),
    Array.from(bytes).join(','),
    Array.from(bytes).join(', '),
  ];
});

export interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface LeakyShop {
  home: string;
  root: string;
  env: NodeJS.ProcessEnv;
  start: (...argv: string[]) => Running;
  run: (argv: readonly string[], stdin?: string) => Promise<Said>;
  /** All that any command has said so far. */
  said: () => string;
  remove: () => Promise<void>;
}

/** A workspace of tools that tell their secrets, which are kept under a passphrase. */
export async function openLeakyShop(language: 'node' | 'python'): Promise<LeakyShop> {
  const home = await mkdtemp(join(tmpdir(), 'leaky-'));
  const root = join(home, 'workspace');
  await cp(join(fixtures, language), root, { recursive: true });
  const runtime = join(home, 'run');
  await mkdir(runtime, { mode: 0o700 });
  const passphrase = join(home, 'passphrase');
  await writeFile(passphrase, 'a passphrase for a test\n', { mode: 0o600 });
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_RUNTIME_DIR: runtime,
    CAPSTAN_SECRETS_PASSPHRASE_FILE: passphrase,
  };
  let said = '';
  const run = async (argv: readonly string[], stdin = ''): Promise<Said> => {
    const child = spawn(process.execPath, [bin, ...argv], { cwd: root, env });
    const { promise, resolve } = Promise.withResolvers<Said>();
    const heard = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.stderr += text));
    child.stdin.end(stdin);
    child.once('close', (code) => resolve({ code, ...heard }));
    const ended = await promise;
    said += ended.stdout + ended.stderr;
    return ended;
  };
  return {
    home,
    root,
    env,
    run,
    start: (...argv) => startCapstan(argv, root, env),
    said: () => said,
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

export async function setSecrets({ run }: LeakyShop, capability: string): Promise<void> {
  for (const [name, value] of [
    ['API_KEY', secret],
    ['HIDDEN_KEY', hidden],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- the second finds what the first set up
    const set = await run(['secret', 'set', capability, name, '--undeclared'], value);
    assert.equal(set.code, 0, set.stderr);
  }
}

export function mustBeClean(where: string, text: string): void {
  for (const trace of traces) {
    const at = text.indexOf(trace);
    if (at < 0) continue;
    const around = text.slice(Math.max(0, at - 80), at + trace.length + 80);
    assert.fail(`${where} holds ${JSON.stringify(trace)}: …${JSON.stringify(around)}…`);
  }
}

/** Every file below a folder, as text; also what lies in databases. */
export async function mustHoldNothing(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    // oxlint-disable-next-line no-await-in-loop -- thousands at once would be too many
    const bytes = await readFile(path);
    mustBeClean(path, bytes.toString('utf8'));
    mustBeClean(path, bytes.toString('latin1'));
  }
  return files.length;
}

/** Arguments and environments of all processes of this machine that can be looked at. */
export async function mustNotShowInProcesses(mark: string): Promise<number> {
  let ours = 0;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    // oxlint-disable-next-line no-await-in-loop -- thousands at once would be too many
    const [line, environment] = await Promise.all(
      ['cmdline', 'environ'].map((file) =>
        readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => ''),
      ),
    );
    mustBeClean(`the command line of process ${pid}`, line ?? '');
    mustBeClean(`the environment of process ${pid}`, environment ?? '');
    if (environment?.includes(mark) === true) ours += 1;
  }
  return ours;
}
