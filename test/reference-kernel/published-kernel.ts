import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Machine, planEnvironment, buildEnvironment } from '../../host/src/environments/index.ts';
import { pathsIn } from '../../host/test/environments/workbench.ts';

/** The last one that shows all of them: 0.28 has mended one half of the second, and 0.29 one half of the first. */
export const publishedKernel = 'dos-kernel==0.26.0';

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** The lanes of every repository of these tests, as they are declared there. */
const declared = `
[lanes]
concurrent = ["api", "web", "docs"]
exclusive = ["global"]
autopick = ["api", "web", "docs"]
[lanes.trees]
api = ["src/api/**"]
web = ["src/web/**"]
docs = ["docs/**"]
`;

/** The published kernel, in an environment of its own. */
export class PublishedKernel {
  readonly folder: string;
  readonly python: string;

  private constructor(folder: string, python: string) {
    this.folder = folder;
    this.python = python;
  }

  static async install(): Promise<PublishedKernel> {
    const folder = mkdtempSync(join(tmpdir(), 'capstan-dos-'));
    const machine = new Machine(process.env, pathsIn(folder));
    const plan = await planEnvironment(
      {
        kind: 'venv',
        python: '>=3.11',
        requirements: [publishedKernel],
        constraints: [],
        files: [],
        lock: null,
      },
      machine,
    );
    const built = await buildEnvironment(plan, machine);
    return new PublishedKernel(folder, built.record.interpreter);
  }

  /** A new repository with the lanes above. */
  repository(): KernelRepository {
    const root = mkdtempSync(join(this.folder, 'repository-'));
    spawnSync('git', ['init', '-q', root]);
    writeFileSync(join(root, 'dos.toml'), declared);
    mkdirSync(join(root, 'home'));
    return new KernelRepository(root, this.python);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A row of its journal; `lease` is that of an acquisition. */
interface Row {
  seq: number;
  ts: string;
  loop_ts?: string;
  pid?: number;
  lease?: Row & { acquired_at?: string };
}

/** One repository that it keeps leases for. */
export class KernelRepository {
  readonly root: string;
  readonly journal: string;
  readonly mutex: string;
  readonly #python: string;

  constructor(root: string, python: string) {
    this.root = root;
    this.#python = python;
    this.journal = join(root, '.dos/lane-journal.jsonl');
    this.mutex = join(root, '.dos/.lane-lease.lock');
    mkdirSync(join(root, '.dos'));
  }

  /** Its command line. */
  dos(...args: string[]): Promise<Said> {
    return this.#execute(['-m', 'dos.cli', ...args]);
  }

  /** Its functions, for what has no command. Each argument arrives in `sys.argv`. */
  program(text: string, ...args: string[]): Promise<Said> {
    return this.#execute(['-c', text, ...args]);
  }

  /** Asks its hook, as a runtime of agents does before an edit. True where it denies the edit. */
  async deniesEdit(path: string, env: NodeJS.ProcessEnv = {}): Promise<boolean> {
    const event = { tool_name: 'Edit', session_id: 's', tool_input: { file_path: path } };
    const said = await this.#execute(
      ['-m', 'dos.cli', 'hook', 'pretool'],
      { DOS_LOOP: '1', ...env },
      JSON.stringify({ ...event, cwd: this.root }),
    );
    return said.stdout.includes('"deny"');
  }

  acquire(lane: string, owner: string, ...more: string[]): Promise<Said> {
    return this.dos('lease-lane', 'acquire', '--lane', lane, '--owner', owner, ...more);
  }

  release(lane: string, owner: string): Promise<Said> {
    return this.dos('lease-lane', 'release', '--lane', lane, '--owner', owner);
  }

  /** Lanes that it takes for held. */
  async held(): Promise<string[]> {
    const { stdout } = await this.dos('lease-lane', 'live');
    return (JSON.parse(stdout) as { lane: string }[]).map(({ lane }) => lane);
  }

  /** Lets so many seconds have passed for all that was written, and the process that wrote it be gone. */
  ageBy(seconds: number): void {
    const older = (stamp: string): string =>
      Number.isNaN(Date.parse(stamp))
        ? stamp
        : new Date(Date.parse(stamp) - seconds * 1_000).toISOString().replace('.000Z', 'Z');
    const aged = (row: Row): Row => ({
      ...row,
      ...(row.ts !== undefined && { ts: older(row.ts) }),
      ...(row.loop_ts !== undefined && { loop_ts: older(row.loop_ts) }),
      ...(row.pid !== undefined && { pid: goneForGood }),
      ...(row.lease !== undefined && {
        lease: {
          ...aged(row.lease),
          ...(row.lease.acquired_at !== undefined && {
            acquired_at: older(row.lease.acquired_at),
          }),
        },
      }),
    });
    this.write(this.rows().map(aged));
  }

  rows(): Row[] {
    return readFileSync(this.journal, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row);
  }

  write(rows: readonly object[]): void {
    writeFileSync(this.journal, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }

  /** The mutex as a process leaves it that is killed while it has it. */
  leaveMutexOf(owner: string): void {
    const now = new Date().toISOString().replace(/\.\d+Z/, 'Z');
    writeFileSync(this.mutex, `owner: ${owner}\nacquired_at: ${now}\npid: ${goneForGood}\n`);
  }

  #execute(args: string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<Said> {
    const { promise, resolve } = Promise.withResolvers<Said>();
    const child = execFile(
      this.#python,
      ['-I', ...args],
      {
        cwd: this.root,
        env: {
          PATH: process.env['PATH'],
          HOME: join(this.root, 'home'),
          DISPATCH_WORKSPACE: this.root,
          ...env,
        },
      },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end(input);
    return promise;
  }
}

/** Above every number that a process can have. */
const goneForGood = 2 ** 22 + 1;
