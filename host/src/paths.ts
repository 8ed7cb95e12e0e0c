import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** Where a machine keeps what all workspaces share. Everything here can be rebuilt, except `modelsDir`'s downloads. */
export interface MachinePaths {
  dataDir: string;
  environmentsDir: string;
  toolsDir: string;
  modelsDir: string;
  /** Who holds what of this machine, for all workspaces together. */
  machineLedger: string;
  /** Sockets. Short, because a unix socket's path may have about 100 bytes; made 0700 by whoever uses it. */
  runtimeDir: string;
}

type Environment = { readonly [name: string]: string | undefined };

/** The XDG directories of this machine. Relative values are ignored, as the specification demands. */
export function machinePaths(env: Environment): MachinePaths {
  const home = env['HOME'] || homedir();
  const dataDir = join(absolute(env['XDG_DATA_HOME']) ?? join(home, '.local', 'share'), 'capstan');
  const runtime = absolute(env['XDG_RUNTIME_DIR']);
  return {
    dataDir,
    environmentsDir: join(dataDir, 'environments'),
    toolsDir: join(dataDir, 'tools'),
    modelsDir: join(dataDir, 'models'),
    machineLedger: join(dataDir, 'machine.db'),
    runtimeDir:
      runtime !== undefined && runtime.length < 50
        ? join(runtime, 'capstan')
        : join(tmpdir().length < 40 ? tmpdir() : '/tmp', `capstan-${process.getuid?.() ?? 'user'}`),
  };
}

const absolute = (path: string | undefined): string | undefined =>
  path !== undefined && isAbsolute(path) ? path : undefined;

/** What Capstan keeps in the folder that holds `capstan.yaml`. */
export interface WorkspacePaths {
  root: string;
  /** The folder `.capstan` itself. */
  dir: string;
  stateDb: string;
  /** Where the journal ended when somebody last looked, to notice that `stateDb` is gone or an old copy. */
  stateHead: string;
  /** Values too large for the database, by the hash of their JSON. */
  payloadsDir: string;
  /** Room that is given up when the disk is full. */
  reserve: string;
  diagnosticsDb: string;
  /** Who holds which parts of the tree, which names, and what is counted here. */
  ledger: string;
  /** What `capstan.yaml` says of leases, as it was last understood. */
  leaseRules: string;
  lockDb: string;
  hostInfo: string;
  /** The secrets of its capabilities; 0700. */
  secretsDir: string;
  manifestsDir: string;
  artifactsDir: string;
  callsDir: string;
  dataDir: string;
}

export function workspacePaths(root: string): WorkspacePaths {
  const dir = join(root, '.capstan');
  return {
    root,
    dir,
    ...besideState(join(dir, 'state.db')),
    diagnosticsDb: join(dir, 'diagnostics.db'),
    ledger: join(dir, 'leases.db'),
    leaseRules: join(dir, 'lease-rules.json'),
    lockDb: join(dir, 'host.lock'),
    hostInfo: join(dir, 'host.json'),
    secretsDir: join(dir, 'secrets'),
    manifestsDir: join(dir, 'manifests'),
    artifactsDir: join(dir, 'artifacts'),
    callsDir: join(dir, 'calls'),
    dataDir: join(dir, 'data'),
  };
}

/** What lies beside a `state.db` and belongs to it, wherever it was moved to. */
export function besideState(stateDb: string) {
  const dir = dirname(stateDb);
  return {
    stateDb,
    stateHead: stateDb.replace(/(\.db)?$/, '.head'),
    payloadsDir: join(dir, 'payloads'),
    reserve: join(dir, 'reserve'),
  };
}
