import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { wheelSize } from '../../src/environments/estimate/wheel-size.ts';
import { temporaryFolder } from './workbench.ts';

/** A zip file whose entries say how large they are unpacked, which is all that is looked at. */
function zip(entries: readonly [path: string, unpacked: number][], before = 100): Buffer {
  const directory = Buffer.concat(
    entries.map(([path, unpacked]) => {
      const head = Buffer.alloc(46);
      head.writeUInt32LE(0x02014b50, 0);
      head.writeUInt32LE(unpacked, 24);
      head.writeUInt16LE(Buffer.byteLength(path), 28);
      return Buffer.concat([head, Buffer.from(path)]);
    }),
  );
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(before, 16);
  return Buffer.concat([Buffer.alloc(before), directory, end]);
}

async function sizeIn(folder: string, bytes: Buffer) {
  const file = join(folder, 'a.whl');
  await writeFile(file, bytes);
  return wheelSize(pathToFileURL(file).href);
}

test('a wheel’s size installed is read from its end: each file, and what Python makes of its sources', async (t) => {
  const folder = temporaryFolder(t);
  const bytes = zip([
    ['a/__init__.py', 1000],
    ['a/data.bin', 5_000_000],
  ]);
  assert.deepEqual(await sizeIn(folder, bytes), { packed: bytes.length, installed: 5_002_000 });
});

test('a table of contents longer than what is read at first is read whole', async (t) => {
  const folder = temporaryFolder(t);
  const many = Array.from({ length: 3000 }, (_, i): [string, number] => [`a/${i}.bin`, 10]);
  const bytes = zip(many, 500_000);
  assert.equal((await sizeIn(folder, bytes))?.installed, 30_000);
});

test('what is no wheel has no size, rather than none', async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(await sizeIn(folder, Buffer.from('no zip')), null);
  assert.equal(await sizeIn(folder, zip([['a', 1]]).subarray(0, -10)), null);
  assert.equal(await wheelSize('file:///nowhere/a.whl'), null);
});
