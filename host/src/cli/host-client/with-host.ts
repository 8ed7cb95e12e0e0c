import { HostError } from '../../errors.ts';
import type { HostSurface } from '../../http/surface.ts';
import type { Context } from '../context.ts';
import type { HostEvent, InstalledCatalog, Runtime } from '../runtime.ts';
import { asServed, openServedHost } from '../served-host.ts';
import { passphraseForHost } from '../unlocking.ts';
import { requireWorkspace } from '../workspace.ts';
import { localHost } from './local-host.ts';
import { isLost, openClient } from './open-client.ts';

export interface HostWish {
  /** The workspace; that of the context unless given. */
  root?: string;
  /**
   * Where no host is up: true makes this process one for as long as the command takes, control socket and
   * all, and it goes on with whatever is unfinished; false takes the workspace for a moment and starts
   * nothing.
   */
  dispatch: boolean;
  /** What is installed, if the command has looked already. */
  catalog?: InstalledCatalog;
  /** Hears everything of a host that is opened here, its recovery included. */
  onEvent?: (event: HostEvent) => void;
}

export interface AskedHost extends HostSurface {
  /** The process of a host that was up already; null where this process is the host. */
  readonly pid: number | null;
  /** True where the host stays when this command ends, so that what was accepted goes on at once. */
  readonly isResident: boolean;
  /** Runs that this process took up when it became the host. */
  readonly recovered: readonly string[];
}

/**
 * The host of the workspace, for as long as `use` takes: the one that is up, as its client, or else this
 * process itself. The workspace's lock decides; a host that is just starting or ending is waited for.
 *
 *     const [job] = await withHost(context, { dispatch: false }, (host) => host.submit([request]));
 *
 * Loads no code of a host where one is up. Throws WORKSPACE_BUSY where one is up but cannot be asked, and
 * HOST_LOST when one ends before it has answered.
 */
export async function withHost<T>(
  context: Context,
  wish: HostWish,
  use: (host: AskedHost) => Promise<T>,
): Promise<T> {
  const root = wish.root ?? requireWorkspace(context);
  const deadline = performance.now() + patienceMs;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one try after the other
    const asked = await tryClient(root, use);
    if (asked.kind === 'answered') return asked.value;
    // oxlint-disable-next-line no-await-in-loop -- see above
    const owned = await tryOwner(context, root, wish, use);
    if (owned.kind === 'answered') return owned.value;
    if (performance.now() > deadline) throw unreachable(owned.busy, asked.lost);
    // oxlint-disable-next-line no-await-in-loop -- a host that starts or ends needs a moment
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** A host with much to recover takes a second or two until it listens. */
const patienceMs = 8_000;
const pauseMs = 40;

type Asked<T> = { kind: 'answered'; value: T } | { kind: 'nobody'; lost: HostError | null };
type Owned<T> = { kind: 'answered'; value: T } | { kind: 'taken'; busy: HostError };

async function tryClient<T>(root: string, use: (host: AskedHost) => Promise<T>): Promise<Asked<T>> {
  const found = await openClient(root);
  if (found.kind === 'nobody') return found;
  const { client } = found;
  const { host, pid, isResident } = client;
  try {
    const value = await use(Object.assign(host, { pid, isResident, recovered: [] }));
    return { kind: 'answered', value };
  } catch (error) {
    // A request that certainly never began can be made again, of whoever is the host by then.
    const isToBegin = isLost(error) && error.details['reached'] === false && client.isUnused();
    if (isToBegin) return { kind: 'nobody', lost: error };
    throw error;
  } finally {
    client.close();
  }
}

async function tryOwner<T>(
  context: Context,
  root: string,
  wish: HostWish,
  use: (host: AskedHost) => Promise<T>,
): Promise<Owned<T>> {
  const runtime = await context.doors.runtime();
  let opened: Opened;
  try {
    opened = await open(runtime, context, root, wish);
  } catch (error) {
    if (isBusy(error)) return { kind: 'taken', busy: error };
    throw error;
  }
  try {
    const value = await use(opened.host);
    return { kind: 'answered', value };
  } finally {
    await opened.close();
  }
}

interface Opened {
  host: AskedHost;
  close: () => Promise<void>;
}

async function open(
  runtime: Runtime,
  context: Context,
  root: string,
  { dispatch, catalog, onEvent }: HostWish,
): Promise<Opened> {
  const { secretsPassphrase } = dispatch ? await passphraseForHost(context, root) : {};
  const options = {
    root,
    env: context.io.env,
    dispatch,
    ...(secretsPassphrase === undefined ? {} : { secretsPassphrase }),
    ...(catalog === undefined ? {} : { catalog }),
    ...(onEvent === undefined ? {} : { onEvent }),
  };
  const opened = dispatch
    ? await openServedHost(runtime, {
        ...options,
        mode: 'command',
        onBusy: () =>
          context.say(
            'Another capstan has work running here, which may come to its end first; Ctrl-C ends it.',
          ),
      })
    : await openAlone(runtime, options);
  const { host } = opened;
  const asked = {
    ...localHost(asServed(host)),
    pid: null,
    isResident: false,
    recovered: host.recovered.runs,
  };
  return { host: asked, close: () => opened.close() };
}

async function openAlone(runtime: Runtime, options: Parameters<Runtime['openHost']>[0]) {
  const host = await runtime.openHost(options);
  return { host, close: () => host.close() };
}

const isBusy = (error: unknown): error is HostError =>
  error instanceof HostError && error.code === 'WORKSPACE_BUSY';

/** The lock says that somebody is there, and nobody answers. */
function unreachable(busy: HostError, lost: HostError | null): HostError {
  if (lost === null) return busy;
  const pid = lost.details['pid'];
  return new HostError('WORKSPACE_BUSY', lost.message, {
    hint: `If it is stuck, end it with \`kill ${String(pid)}\`, and try again: nothing that was accepted is lost.`,
    details: { ...busy.details, pid },
  });
}
