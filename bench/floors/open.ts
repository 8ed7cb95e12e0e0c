import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bareCaller, bareNode, startBare, stopBare } from './bare.ts';

/** What no durable call can do without: a round trip over a unix socket, and one fsync. */
export interface Floor {
  roundTrip: () => Promise<void>;
  /** Appends a page and syncs it, as a log does. */
  fsync: () => void;
  /** Writes over a page that is there and syncs it, as a log does that is used again. */
  fsyncInPlace: () => void;
  close(): Promise<void>;
}

export async function openFloor(folder: string): Promise<Floor> {
  const socket = join(folder, 'bare.sock');
  const bare = await startBare(bareNode, socket);
  const caller = bareCaller(socket);
  const path = join(folder, 'floor');
  const file = openSync(path, 'w');
  const inPlace = openSync(`${path}-in-place`, 'w');
  const page = Buffer.alloc(4096, 1);
  writeSync(inPlace, page);
  return {
    roundTrip: caller.call,
    fsync: () => {
      writeSync(file, page);
      fdatasyncSync(file);
    },
    fsyncInPlace: () => {
      writeSync(inPlace, page, 0, page.length, 0);
      fdatasyncSync(inPlace);
    },
    close: async () => {
      closeSync(file);
      closeSync(inPlace);
      await caller.close();
      await stopBare(bare);
    },
  };
}
