import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compileRegion,
  parsePattern,
  parseRegion,
  regionCovers,
  regionsIntersect,
} from '../../src/kernel/regions/index.ts';

type Options = Parameters<typeof parseRegion>[1] & { foldsCase?: true };

function regionOf(patterns: readonly string[], { foldsCase, ...options }: Options = {}) {
  const parsed = parseRegion(patterns, options);
  assert.ok(parsed.kind === 'region', JSON.stringify(parsed));
  return compileRegion({ patterns: parsed.patterns, ...(foldsCase ? { foldsCase } : {}) });
}

/** A path that is in both, seen from both sides; null where they are apart. */
function meeting(
  one: string | string[],
  other: string | string[],
  options: Options = {},
): string | null {
  const [a, b] = [regionOf([one].flat(), options), regionOf([other].flat(), options)];
  const found = regionsIntersect(a, b);
  assert.equal(regionsIntersect(b, a) === null, found === null);
  if (found === null) return null;
  assert.ok(regionCovers(a, found.witness) && regionCovers(b, found.witness), found.witness);
  return found.witness;
}

const root = '/home/me/project';

test('spellings of one path are one path', () => {
  for (const other of [
    './src/a',
    'src//a',
    'src/a/',
    'src/b/../a',
    'src\\a',
    `${root}/src/a`,
    'src/*/../a',
  ]) {
    assert.equal(meeting('src/a', other, { root }), 'src/a', other);
  }
});

test('composed and decomposed letters are the same letters', () => {
  assert.notEqual(meeting('caf\u00e9/menu', 'cafe\u0301/menu'), null);
  assert.notEqual(meeting('caf?/menu', 'cafe\u0301/menu'), null);
  assert.ok(regionCovers(regionOf(['caf\u00e9/**']), 'cafe\u0301/menu'));
  assert.notEqual(meeting('caf{e\u0301,o}', 'caf\u00e9'), null);
});

test('wildcards, sets and braces are understood, not cut off', () => {
  assert.notEqual(meeting('src/{a,b}.ts', 'src/b.ts'), null);
  assert.notEqual(meeting('src/[ab].ts', 'src/b.ts'), null);
  assert.notEqual(meeting('src/?.ts', 'src/b.ts'), null);
  assert.notEqual(meeting('src/[!x]*.ts', 'src/b.ts'), null);
  assert.notEqual(meeting('{src,lib}/{a,{b,c}}/**', 'lib/c/x'), null);
  assert.equal(meeting('src/{a,b}.ts', 'src/c.ts'), null);
  assert.equal(meeting('src/[ab].ts', 'src/c.ts'), null);
  assert.equal(meeting('src/[!b].ts', 'src/b.ts'), null);
  assert.equal(meeting('src/?.ts', 'src/bb.ts'), null);
  assert.equal(meeting('src/*b*.ts', 'src/ac.ts'), null);
  assert.notEqual(meeting('*a*b*', '*b*a*'), null);
});

test('a name that begins with another one is another name', () => {
  assert.equal(meeting('src', 'src2'), null);
  assert.equal(meeting('src/**', 'src2/**'), null);
  assert.equal(meeting('src/a', 'src/ab'), null);
  assert.notEqual(meeting('src*', 'src2'), null);
});

test('patterns of other extensions are apart', () => {
  assert.equal(meeting('docs/*.md', 'docs/a.py'), null);
  assert.equal(meeting('docs/**/*.md', 'docs/a.py'), null);
  assert.equal(meeting('docs/*.md', 'docs/*.py'), null);
  assert.equal(meeting('docs/*.md', 'docs/*/*.md'), null);
});

test('what begins anywhere meets only what it can match', () => {
  assert.equal(meeting('**/x.py', 'src/y.py'), null);
  assert.equal(meeting('**/*.md', 'src/*.py'), null);
  assert.equal(meeting('**/*.md', ['docs/a.py', 'Makefile', 'LICENSE', '.gitignore']), null);
  assert.equal(meeting('**/x', 'src/y.py'), null);
  assert.equal(meeting('**/x', 'src/*.py'), null);
  assert.equal(meeting('**/x.py', '**/y.py'), null);
  assert.equal(meeting('**/x.py', 'src'), 'src/x.py');
  assert.equal(meeting('**/x/y', 'a/b/x/*'), 'a/b/x/y');
});

test('a region that shares one file of many shares it', () => {
  assert.equal(meeting(['src/a.py', 'n/1', 'n/2', 'n/3'], 'src/**'), 'src/a.py');
});

test('a path stands for what is below it, and ** for any number of names, none included', () => {
  const src = regionOf(['src']);
  for (const path of ['src', 'src/a', 'src/.env', 'src/a/b/c'])
    assert.ok(regionCovers(src, path), path);
  for (const path of ['src2', 'a/src', '', '.', '../src', '/src', 'src/../lib']) {
    assert.ok(!regionCovers(src, path), path);
  }
  assert.ok(regionCovers(src, './lib/..//src/a/'));
  const deep = regionOf(['a/**/b/*.c']);
  for (const path of ['a/b/x.c', 'a/y/b/x.c', 'a/y/z/b/.c'])
    assert.ok(regionCovers(deep, path), path);
  for (const path of ['a/b/x.c/d', 'a/b', 'b/x.c']) assert.ok(!regionCovers(deep, path), path);
});

test('a folder that has the name of a file is one where somebody says so', () => {
  assert.equal(meeting('conf.d', '**/*.conf'), null);
  assert.equal(meeting('conf.d/', '**/*.conf'), 'conf.d/.conf');
  assert.notEqual(meeting('**/conf.d/', '**/*.conf'), null);
  assert.equal(meeting('conf.d', 'conf.d/a.conf'), 'conf.d/a.conf');
  assert.equal(meeting('**/conf.d', 'etc/conf.d/a.conf'), 'etc/conf.d/a.conf');
  const isFolder = (path: string): boolean => path === 'etc/conf.d';
  assert.deepEqual(parsePattern('./etc/conf.d', { isFolder }), {
    kind: 'pattern',
    pattern: 'etc/conf.d/**',
  });
  assert.notEqual(meeting('etc/conf.d', '**/*.conf', { isFolder }), null);
});

test('where the filesystem folds case A and a are one, and elsewhere two', () => {
  const foldsCase = { foldsCase: true } as const;
  assert.equal(meeting('Src/README.md', 'src/readme.MD'), null);
  assert.notEqual(meeting('Src/README.md', 'src/readme.MD', foldsCase), null);
  assert.notEqual(meeting('[A-C]*', 'bear', foldsCase), null);
  assert.equal(meeting('[!A-C]*', 'bear', foldsCase), null);
  assert.notEqual(meeting('ΣΊΣΥΦΟΣ', 'σίσυφος', foldsCase), null);
  assert.notEqual(meeting('[Σ]x', 'ςX', foldsCase), null);
  assert.equal(meeting('straße', 'strasse', foldsCase), null);
  const [folds, keeps] = [regionOf(['Src'], foldsCase), regionOf(['src'])];
  assert.notEqual(regionsIntersect(folds, keeps), null);
  assert.notEqual(regionsIntersect(keeps, folds), null);
});

test('no character of a name is taken for anything but itself', () => {
  const names = [
    '100%',
    '%2e%2e',
    'a\u2028b',
    'a\u0085b',
    '\u{1F600}',
    'a b',
    'x,y',
    'a}',
    ']',
    '$HOME',
    '~',
    '#',
    'a\nb',
    '(1)',
  ];
  for (const name of names) {
    assert.deepEqual(parsePattern(`src/${name}`), { kind: 'pattern', pattern: `src/${name}` });
    const region = regionOf([`src/${name}`]);
    assert.ok(regionCovers(region, `src/${name}/file`), name);
    for (const other of names) assert.equal(regionCovers(region, `src/${other}`), name === other);
  }
  assert.ok(regionCovers(regionOf(['?']), '\u{1F600}'), 'an astral character is one character');
  assert.ok(regionCovers(regionOf(['[\u{1F600}-\u{1F64F}]']), '\u{1F601}'));
});

test('a set of one is how a special character is written', () => {
  const route = regionOf(['app/[[]id]/page.tsx']);
  assert.ok(regionCovers(route, 'app/[id]/page.tsx'));
  assert.ok(!regionCovers(route, 'app/i/page.tsx'));
  assert.ok(regionCovers(regionOf(['[*]']), '*/below'));
  assert.ok(regionCovers(regionOf(['a[{]b,c}']), 'a{b,c}'));
  assert.ok(regionCovers(regionOf(['./!a']), '!a'));
});

test('a thousand paths against a thousand others are not compared one by one', () => {
  const size = 1_000;
  const shaped = (shape: (n: number) => string) =>
    compileRegion({ patterns: Array.from({ length: size }, (_, n) => shape(n)) });
  const [one, other] = [shaped((n) => `src/m${n}/a.ts`), shaped((n) => `src/m${n}/b.ts`)];
  const [few, fewer] = [regionOf(['src/m1/a.ts']), regionOf(['src/m1/b.ts'])];
  const timeOf = (act: () => unknown): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 30; round++) {
      const start = performance.now();
      act();
      best = Math.min(best, performance.now() - start);
    }
    return best;
  };
  assert.equal(regionsIntersect(one, other), null);
  const thousand = timeOf(() => regionsIntersect(one, other));
  const single = timeOf(() => {
    for (let n = 0; n < size; n++) regionsIntersect(few, fewer);
  });
  assert.ok(
    thousand < 30 * single,
    `${thousand} ms against ${single} ms for a thousand single ones`,
  );
});
