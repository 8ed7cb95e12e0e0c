import { Ledger, type LedgerOptions } from './ledger.ts';
import { Listeners } from './listeners.ts';
import type { LedgerService } from './service.ts';

export interface DirectOptions extends LedgerOptions {
  /**
   * `close` leaves the file open, for a process that ends right after: the last one who closes it would fold the log
   * into it, which is two more syncs than a command has to wait for.
   */
  isLeftOpen?: boolean;
}

/** A ledger that is closed when nobody refers to it any more would be closed all the same. */
const leftOpen = new Set<Ledger>();

/** A ledger in this very thread, for programs with nothing else to do meanwhile. */
export function directLedger(path: string, options: DirectOptions = {}): LedgerService {
  const ledger = Ledger.open(path, options);
  const listeners = new Listeners(() => ledger.version());
  const change = <Args extends unknown[], T>(act: (...args: Args) => T) => {
    return async (...args: Args): Promise<T> => {
      const value = act(...args);
      listeners.tell();
      return value;
    };
  };
  return {
    acquire: change((request) => ledger.acquire(request)),
    peek: async (request) => ledger.peek(request),
    release: change((id, authority) => ledger.release(id, authority)),
    renew: change((id, authority, more) => ledger.renew(id, authority, more)),
    adopt: change((id, authority, more) => ledger.adopt(id, authority, more)),
    halt: change((id, request) => ledger.halt(id, request)),
    spawn: change((more) => ledger.spawn(more)),
    check: async (id, more) => ledger.check(id, more),
    attribute: change((id, pid) => ledger.attribute(id, pid)),
    leaveLine: change((ticket) => ledger.leaveLine(ticket)),
    guardFile: change((id, secret, file) => ledger.guardFile(id, secret, file)),
    state: async () => ledger.state(),
    log: async (more) => ledger.log(more),
    compact: change(() => ledger.compact()),
    verify: async () => ledger.verify(),
    onChange: (listener) => listeners.add(listener),
    close: async () => {
      listeners.close();
      if (options.isLeftOpen === true) leftOpen.add(ledger);
      else ledger.close();
    },
  };
}
