import type { Host, Runtime } from './runtime.ts';

export interface ServedHost {
  host: Host;
  close(): Promise<void>;
}

/** The host of a workspace with its control socket: what `capstan cancel` in another terminal talks to. */
export async function openServedHost(
  runtime: Runtime,
  options: Parameters<Runtime['openHost']>[0],
): Promise<ServedHost> {
  const host = await runtime.openHost(options);
  try {
    const { serveControl } = await import('../http/serve-control.ts');
    const control = await serveControl(host, options.root, options.env);
    return {
      host,
      close: async () => {
        await control.close();
        await host.close();
      },
    };
  } catch (error) {
    await host.close();
    throw error;
  }
}
