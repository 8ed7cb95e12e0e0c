import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, startCapstan } from '../../host/test/cli/shell.ts';

/** The same lanes as those that the other kernel is given. */
const declared = `
lanes:
  api: { paths: ['src/api/**'] }
  web: { paths: ['src/web/**'] }
  docs: { paths: ['docs/**'] }
  global: { exclusive: true, alone: true }
`;

export interface Verdict extends Ended {
  document: { [key: string]: unknown };
  /** Of the lease that it tells of. */
  id: string;
  /** As it was told at the grant. */
  secret: string;
}

/** A repository with the lanes above, kept by `capstan lease`, with no host. */
export class OurRepository {
  readonly home: string;
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  #secrets = 0;

  constructor() {
    this.home = mkdtempSync(join(tmpdir(), 'capstan-kernel-'));
    this.root = join(this.home, 'repository');
    mkdirSync(join(this.home, 'run'), { mode: 0o700 });
    mkdirSync(this.root);
    spawnSync('git', ['init', '-q', this.root]);
    writeFileSync(join(this.root, 'capstan.yaml'), declared);
    this.env = {
      PATH: process.env['PATH'],
      HOME: this.home,
      XDG_DATA_HOME: join(this.home, 'data'),
      XDG_RUNTIME_DIR: join(this.home, 'run'),
    };
  }

  get ledger(): string {
    return join(this.root, '.capstan/leases.db');
  }

  async capstan(...args: string[]): Promise<Verdict> {
    const ended = await startCapstan([...args, '--json'], this.root, this.env).ended;
    const said = ended.stdout.trim() === '' ? ended.stderr : ended.stdout;
    let document = {};
    try {
      document = JSON.parse(said) as Verdict['document'];
    } catch {
      // The assertion that wants a member of it shows the rest.
    }
    const { lease, secret } = document as { lease?: { id?: string }; secret?: string };
    return { ...ended, document, id: lease?.id ?? 'no lease', secret: secret ?? 'no secret' };
  }

  lease(...args: string[]): Promise<Verdict> {
    return this.capstan('lease', ...args);
  }

  acquire(holder: string, ...claims: string[]): Promise<Verdict> {
    return this.lease('acquire', '--holder', holder, ...claims);
  }

  /** A file with that secret in it, as a script keeps it. */
  secretFile(secret: string): string {
    const path = join(this.home, `secret-${this.#secrets++}`);
    writeFileSync(path, secret, { mode: 0o600 });
    return path;
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
