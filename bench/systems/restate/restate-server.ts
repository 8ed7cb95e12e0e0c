import { execFileSync } from 'node:child_process';
import { arch, platform } from 'node:process';
import { SideFailed } from '../../measure/sides.ts';
import { Server } from '../driven/server.ts';

/** One node with all of its roles and its defaults, on ports that it finds free. */
export async function startRestate(
  load: NodeJS.Require,
  folder: string,
): Promise<{ server: Server; ingress: string; admin: string }> {
  const settings = {
    'node-name': 'bench',
    'base-dir': folder,
    'listen-mode': 'tcp',
    'bind-ip': '127.0.0.1',
    'advertised-host': '127.0.0.1',
    'use-random-ports': 'true',
    'log-format': 'json',
  };
  const command = [
    programOf(load),
    ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
  ];
  const env = environment();
  checkDurability(command, env);
  const server = new Server('Restate', command, { cwd: folder, env });
  const urlOf = (name: string) => server.until(() => urlIn(server.output, name));
  return {
    server,
    ingress: await urlOf('http-ingress-server'),
    admin: await urlOf('admin-api-server'),
  };
}

/** Its settings come from variables too; those of the user are not for this one. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('RESTATE_')),
  ),
  RESTATE_DISABLE_TELEMETRY: 'true',
});

/** It prints the settings that it would run with: of each of its logs, whether writes are synced. */
function checkDurability([program = '', ...args]: string[], env: NodeJS.ProcessEnv): void {
  const settings = execFileSync(program, [...args, '--dump-config'], { env, encoding: 'utf8' });
  const disabled = settings.match(/^rocksdb-disable-wal(-fsync)? = .*$/gm) ?? [];
  if (disabled.length === 0 || disabled.some((line) => !line.endsWith('false')))
    throw new Error(`it does not sync its log: ${disabled.join(', ')}`);
}

/** Its package holds nothing but a launcher; the program is in that of the platform. */
const programOf = (load: NodeJS.Require): string =>
  load.resolve(`@restatedev/restate-server-${platform}-${arch}/bin/restate-server`);

/** Throws SideFailed where there is no such package. */
export function checkPlatform(): void {
  const here = `${platform}-${arch}`;
  if (!/^(linux|darwin)-(x64|arm64)$/.test(here))
    throw new SideFailed(`Restate has no server for ${here}`);
}

/** From its log, which names each of its servers with its address once that listens. */
function urlIn(log: string, name: string): string {
  const line = log.split('\n').find((each) => each.includes(`"server_name":"${name}"`));
  const port = /"server\.port":(\d+)/.exec(line ?? '')?.[1];
  if (port === undefined) throw new Error(`its ${name} does not listen`);
  return `http://127.0.0.1:${port}`;
}
