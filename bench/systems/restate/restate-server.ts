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
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const env = { ...process.env, RESTATE_DISABLE_TELEMETRY: 'true' };
  const server = new Server('Restate', [programOf(load), ...args], { cwd: folder, env });
  const urlOf = (name: string) => server.until(() => urlIn(server.output, name));
  return {
    server,
    ingress: await urlOf('http-ingress-server'),
    admin: await urlOf('admin-api-server'),
  };
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
