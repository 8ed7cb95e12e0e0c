import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { versionOf } from '../driven/packages.ts';
import { serve } from '../driven/serve.ts';
import type { Server } from '../driven/server.ts';
import { drained, jobsOf, whole } from '../driven/work.ts';
import { startRestate } from './restate-server.ts';

/** As much of Restate's SDK and of its clients as is used, by their own documentation. */
interface Sdk {
  service(definition: {
    name: string;
    handlers: { [name: string]: (context: Context, input: number) => Promise<number | null> };
  }): object;
  createEndpointHandler(options: {
    services: object[];
    logger: () => void;
  }): Parameters<typeof createServer>[1];
  RestatePromise: { all<Value>(all: readonly Promise<Value>[]): Promise<Value[]> };
}
interface Context {
  serviceClient(of: { name: string }): Handlers;
}
interface Clients {
  connect: (options: { url: string }) => { serviceClient(of: { name: string }): Handlers };
}
type Handlers = {
  [name in 'nothing' | 'step' | 'chain' | 'fan']: (input: number) => Promise<number>;
};

const named = { name: 'bench' };

serve(async ({ load, packages, data }) => {
  const sdk = load('@restatedev/restate-sdk') as Sdk;
  const { server, ingress, admin } = await startRestate(load, data);
  const handler = sdk.createEndpointHandler({ services: [service(sdk)], logger: () => {} });
  // Over HTTP/2, which lets the server and a handler talk both ways at once.
  const endpoint = createServer(handler);
  await new Promise<void>((resolve) => {
    endpoint.listen(0, '127.0.0.1', resolve);
  });
  const { port } = endpoint.address() as AddressInfo;
  await register(server, admin, `http://127.0.0.1:${port}`);
  const { connect } = load('@restatedev/restate-sdk-clients') as Clients;
  const client = connect({ url: ingress }).serviceClient(named);
  // Its partitions elect their leaders first.
  await server.until(() => client.nothing(0));

  let n = 0;
  const runOne = (): Promise<number> => client.nothing(n++);
  const restate = versionOf(packages, '@restatedev/restate-server');
  return {
    version: `${restate}, SDK ${versionOf(packages, '@restatedev/restate-sdk')}`,
    durability: 'fsync per batch of log records: a single node with its defaults',
    ...jobsOf(runOne, server),
    drain: (count) =>
      drained(count, () => Promise.all(Array.from({ length: count }, runOne)), server),
    chain: (length) => whole(() => client.chain(length), server),
    fan: (width) => whole(() => client.fan(width), server),
    close: () => server.stop('SIGTERM'),
  };
});

function service(sdk: Sdk): object {
  return sdk.service({
    ...named,
    handlers: {
      nothing: async () => null,
      step: async (_, input) => input + 1,
      chain: async (context, length) => {
        let value = 0;
        // oxlint-disable-next-line no-await-in-loop -- each is given what the one before returned
        for (let at = 0; at < length; at++) value = await context.serviceClient(named).step(value);
        return value;
      },
      fan: async (context, width) => {
        const { step } = context.serviceClient(named);
        const first = await step(0);
        const all = await sdk.RestatePromise.all(Array.from({ length: width }, () => step(first)));
        return step(all.length);
      },
    },
  });
}

/** Tells Restate where the handlers are; its admin may take a moment after it listens. */
async function register(server: Server, admin: string, uri: string): Promise<void> {
  await server.until(async () => {
    const { ok, status } = await fetch(`${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri }),
    });
    if (!ok) throw new Error(`its admin answered ${status}`);
  });
}
