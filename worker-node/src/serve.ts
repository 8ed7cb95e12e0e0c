import { writeSync } from 'node:fs';
import type { Server } from 'node:http';
import {
  type Address,
  formatReadyLine,
  formatStartError,
  parseAddress,
  parseStartLine,
  type StartLine,
} from '@capstan/protocol';
import { Calls } from './calls.ts';
import { setTracebackPolicy, toWireError } from './classify.ts';
import { loadCapability } from './load.ts';
import { attributeConsole, setLogLevel, surviveClosedOutput } from './log.ts';
import { routesOf } from './routes.ts';
import { createWorkerServer } from './server.ts';
import { readStartLine } from './stdin.ts';
import { Tool } from './tool.ts';
import { endWithHost } from './watchdog.ts';

const byHand = `This is a Capstan worker, which a Capstan host starts to run a capability.
It expects its start line on stdin, and found none. To use a capability, run \`capstan run\`;
to speak to a worker yourself, see "A session by hand" in docs/protocol.md.
`;

/** Serves one capability until stdin ends. */
export async function serve(): Promise<void> {
  const line = readStartLine();
  if (line === null) {
    process.stderr.write(byHand);
    process.exitCode = 2;
    return;
  }
  const parsed = parseStartLine(line);
  if (parsed.kind === 'refused') return fail(formatStartError(parsed.error));
  setTracebackPolicy(parsed.start.tracebacks);
  try {
    say(formatReadyLine(await listen(parsed.start)));
  } catch (error) {
    return fail(formatStartError(toWireError(error)));
  }
  endWithHost();
  surviveClosedOutput();
}

async function listen(start: StartLine): Promise<string> {
  setLogLevel(start.logLevel);
  attributeConsole();
  exportSecrets(start);
  const capability = await loadCapability(start.module, start.class);
  const adapters =
    start.adapters.length === 0
      ? new Map()
      : await (await import('./adapters.ts')).bindAdapters(start.adapters, capability);
  const tool = new Tool(capability, adapters, start);
  const calls = new Calls(tool.surroundings);
  const server = createWorkerServer(start.token, routesOf(tool, calls), calls);
  return listenAt(server, parseAddress(start.listen)!);
}

/** Some packages look for a key when they are imported, so this comes before that. */
function exportSecrets({ secrets, exported = [] }: StartLine): void {
  for (const name of exported) {
    if (secrets[name] !== undefined) process.env[name] = secrets[name];
  }
}

function listenAt(server: Server, address: Address): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    if (address.kind === 'unix') server.listen(address.path, () => resolve(`unix:${address.path}`));
    else {
      server.listen(address.port, address.host, () => {
        const bound = server.address();
        const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
        resolve(`tcp:${address.host}:${port}`);
      });
    }
  });
}

/** Ends at once: a capability that was half imported may keep the process alive with timers of its own. */
function fail(line: string): never {
  say(line);
  process.exit(1);
}

function say(line: string): void {
  try {
    writeSync(1, line);
  } catch {
    // nobody listens any more; the end of stdin tells the rest
  }
}
