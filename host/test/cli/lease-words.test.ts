import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { quickly } from '../../src/cli/commands/lease/quick.ts';
import { quickWords } from '../../src/cli/commands/lease/quick-words.ts';
import type { Io } from '../../src/cli/io.ts';
import { doors } from '../../src/cli/runtime.ts';
import type { Doors, Leases as LeaseDoor } from '../../src/cli/runtime.ts';
import { execute } from '../../src/cli/main.ts';
import { fakeOutput } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'lease-words-'));
const secret = join(folder, 'secret');
writeFileSync(secret, 'a-secret-of-a-lease-000000000\n');
writeFileSync(join(folder, 'capstan.yaml'), 'lanes: {}\n');

type Asked = [what: string, ...args: unknown[]];

/** Doors to a desk that refuses everything, after what was asked of it has been kept. */
function askedDoors(asked: Asked[]): Doors {
  const keeps =
    (what: string) =>
    (...args: unknown[]) => {
      asked.push([what, ...args.map(withoutSignals)]);
      return { kind: 'refused', code: 'LEASE_NOT_FOUND', reason: 'no', hint: 'no', blockers: [] };
    };
  const desk = {
    acquire: keeps('acquire'),
    release: keeps('release'),
    renew: keeps('renew'),
    check: keeps('check'),
    close: () => {},
  };
  const openLeaseDesk = async (place: { root: string | null }) => {
    asked.push(['open', place.root]);
    return desk;
  };
  const leases = async () => ({ ...(await doors.leases()), openLeaseDesk }) as unknown as LeaseDoor;
  return { ...doors, leases };
}

/** How long is left to wait depends on the moment. */
const withoutSignals = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'waitMs' in value ? 'waits' : value;

const quiet = (): Io => ({
  stdout: fakeOutput(),
  stderr: fakeOutput(),
  stdin: {
    isTTY: false,
    text: async () => 'the-secret-on-stdin-00000000',
    bytes: async () => new Uint8Array(),
    keys: () => () => {},
  },
  env: {},
  cwd: folder,
  nowMs: () => 0,
  onSignal: () => () => {},
  after: () => () => {},
  every: () => () => {},
});

/** What is asked, what is said and how it ends. */
async function shortWay(argv: readonly string[]) {
  const asked: Asked[] = [];
  const io = quiet();
  const code = await quickly(argv, io, askedDoors(asked));
  return { code, asked, said: [io.stdout, io.stderr] };
}

async function longWay(argv: readonly string[]) {
  const asked: Asked[] = [];
  const io = quiet();
  const code = await execute([...argv], io, askedDoors(asked));
  return { code, asked, said: [io.stdout, io.stderr] };
}

const option = (name: string, ...values: string[]) =>
  fc.constantFrom(...values).map((value) => [name, value]);
const flag = (name: string): fc.Arbitrary<string[]> => fc.constant([name]);
const shared = [flag('--json'), option('-C', folder), option('--workspace', '/nowhere')];
const secretFile = option('--secret-file', secret, '-', '/nowhere', '-x');
const commandLines: { readonly [command: string]: fc.Arbitrary<string[]>[] } = {
  acquire: [
    option('--region', 'src/**', './docs', '../x', ' '),
    option('--lane', 'a', '-b', ''),
    option('--name', 'deploy', 'two words'),
    option('--resource', 'ram=4GiB', 'ram=', 'license:x=2', 'cpu=NaN'),
    option('--mode', 'shared', 'exclusive', 'sharde'),
    flag('--any'),
    flag('--or'),
    option('--holder', 'me', 'you and me'),
    option('--run', 'run_1'),
    option('--for', 'a reason', '--json'),
    option('--term', '30m', '0s', 'soon', '90'),
    option('--wait', '5m', '0s'),
    option('--pid', '1', 'x', '99999999999999999999'),
    flag('--machine'),
    flag('--force'),
    option('--operator', 'boss'),
    option('--parent', 'lse_1'),
    option('--parent-secret-file', secret),
    flag('--unknown'),
    option('--hold', 'me'),
    option('--holder=me', '--json'),
    ...shared,
  ],
  release: [flag('lse_1'), secretFile, option('--operator', 'boss'), ...shared],
  renew: [
    flag('lse_1'),
    secretFile,
    option('--term', '30m', 'x'),
    option('--floor', '5m', '0s'),
    ...shared,
  ],
  check: [
    flag('lse_1'),
    secretFile,
    option('--token', '7', '-1'),
    option('--path', 'src/a', '-a'),
    ...shared,
  ],
};

const commandLine = fc
  .constantFrom(...Object.keys(commandLines))
  .chain((command) =>
    fc
      .array(fc.oneof(...(commandLines[command] ?? [])), { maxLength: 7 })
      .map((words) => ['lease', command, ...words.flat()]),
  );

test('the short way of a lease command asks, says and ends as the long way does, or leaves it to that', async () => {
  let short = 0;
  await fc.assert(
    fc.asyncProperty(commandLine, async (argv) => {
      const quick = await shortWay(argv);
      if (quick.code === null) return;
      short += 1;
      const long = await longWay(argv);
      const told = ({ said, ...rest }: typeof long) => ({ ...rest, said: said.map(textOf) });
      assert.deepEqual(told({ ...quick, code: quick.code }), told(long));
    }),
    { numRuns: 600 },
  );
  assert.ok(short > 60, `only ${short} went the short way`);
});

const textOf = (output: unknown): string => (output as { text: string }).text;

test('what scripts write goes the short way', () => {
  for (const line of [
    'lease acquire --region src/** --region docs/a.md --holder anna --term 30m --json',
    'lease acquire --any --lane a --lane b --holder me --wait 5m --secret-out .lease',
    'lease acquire --resource gpu:0/vram=8GiB --holder me --pid 123',
    'lease acquire --name deploy --holder me -C /somewhere',
    'lease release lse_1 --secret-file .lease',
    'lease release --secret-file - lse_1',
    'lease renew lse_1 --secret-file .lease --floor 5m',
    'lease check lse_1 --token 4 --json',
  ]) {
    assert.ok(quickWords(line.split(' ')), line);
  }
});

test('help, mistakes and other commands are left to the parser', () => {
  for (const line of [
    'lease acquire --help',
    'lease acquire --region',
    'lease acquire --holder=me --name x',
    'lease acquire extra --name x --holder me',
    'lease release',
    'lease release a b',
    'lease list',
    'lease',
    'leese acquire --name x',
    'lease renew lse_1 --term soon',
    'lease renew lse_1 --term 5m --term 6m',
  ]) {
    assert.equal(quickWords(line.split(' ')), null, line);
  }
});
