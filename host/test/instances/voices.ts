import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Json, JsonObject } from '@capstan/protocol';
import { createHost, type CreateHostOptions, type Host, type HostError } from '../../src/index.ts';
import { openShop, type Shop } from '../cli/shell.ts';

/** The workspace `voices`, installed once for the tests of a file, in which each opens hosts of its own. */
export interface Voices {
  root: string;
  shop: Shop;
  /** A host that is closed at the end of the test. */
  open(t: TestContext, options?: CreateHostOptions): Promise<Host>;
  /** A new file for the tool to tell its life to, and what stands in it: `[what, pid]`. */
  log(): { path: string; lines: () => string[]; events: () => string[]; pids: () => number[] };
  /** A path for `hold`; writing it lets go. */
  latch(): { path: string; open: () => void };
}

export function voices(): Voices {
  let shop: Shop;
  let files = 0;
  before(async () => {
    shop = await openShop('voices');
    const { code, stderr } = await shop.run('install', 'speech', 'broken');
    assert.equal(code, 0, stderr);
  });
  after(() => shop.remove());
  const fresh = (name: string): string => join(shop.root, '..', `${name}-${++files}`);
  return {
    get root() {
      return shop.root;
    },
    get shop() {
      return shop;
    },
    open: async (t, options = {}) => {
      const host = await createHost({ root: shop.root, env: shop.env, ...options });
      t.after(async () => {
        // It may be closed already, or a test may have failed with a call inside.
        const tidied = asDeclared(host).catch(() => {});
        await Promise.race([tidied, delay(3_000, undefined, { ref: false })]);
        await host.close();
      });
      return host;
    },
    log: () => {
      const path = fresh('log');
      const lines = () =>
        existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
      return {
        path,
        lines,
        events: () => lines().map((line) => line.replace(/ \d+$/, '')),
        pids: () => lines().map((line) => Number(line.replace(/^.* /, ''))),
      };
    },
    latch: () => {
      const path = fresh('latch');
      return { path, open: () => writeFileSync(path, '') };
    },
  };
}

/** Nothing that one test set is there in the next. */
async function asDeclared(host: Host): Promise<void> {
  for (const { instance, kind } of host.instances()) {
    // oxlint-disable-next-line no-await-in-loop -- a handful
    if (kind !== 'generated') await host.unload(instance, { forget: true });
  }
}

/** Resolves when it is so. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isSo()) {
    assert.ok(performance.now() < deadline, `it never came to that: ${what}`);
    // oxlint-disable-next-line no-await-in-loop -- the condition may be a file of another process
    await delay(5);
  }
}

export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'it went well',
    (error: HostError) => error.code,
  );

export const viewOf = (host: Host, id: string) => {
  const found = host.instances().find(({ instance }) => instance === id);
  assert.ok(found, `there is an instance ${id}`);
  return found;
};

export const objectOf = (value: Json): JsonObject => {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value));
  return value;
};

export const describe = async (host: Host, id: string): Promise<JsonObject> =>
  objectOf(await host.call(`${id}.describe`));
