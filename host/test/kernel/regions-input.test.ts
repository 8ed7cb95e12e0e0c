import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkRegion,
  compileRegion,
  parsePattern,
  parseRegion,
  regionCovers,
  regionLimits,
  regionsIntersect,
} from '../../src/kernel/regions/index.ts';

const root = '/home/me/project';

/** The code, the sentence and the next step of a refusal. */
function refusalOf(text: string): [code: string, reason: string, hint: string] {
  const parsed = parsePattern(text, { root });
  assert.ok(
    parsed.kind === 'refused',
    `${JSON.stringify(text)} was taken: ${JSON.stringify(parsed)}`,
  );
  return [parsed.code, parsed.reason, parsed.hint];
}

test('what is no pattern is refused with a code, a sentence and the next step', () => {
  for (const [text, code, said, next] of [
    ['', 'REGION_EMPTY', /nothing or everything/, /\*\*/],
    ['..', 'REGION_OUTSIDE_TREE', /above the root/, /from the root/],
    ['src/../../x', 'REGION_OUTSIDE_TREE', /above the root/, /from the root/],
    ['{a,..}/x', 'REGION_OUTSIDE_TREE', /above the root/, /from the root/],
    ['[.][.]/x', 'REGION_OUTSIDE_TREE', /above the root/, /from the root/],
    ['/etc/passwd', 'REGION_OUTSIDE_TREE', /not inside \/home\/me\/project/, /from \/home/],
    ['/home/me/project2/a', 'REGION_OUTSIDE_TREE', /not inside/, /from \/home/],
    [`${root}/../x`, 'REGION_OUTSIDE_TREE', /not inside/, /from \/home/],
    ['C:\\Users\\me', 'REGION_OUTSIDE_TREE', /not inside/, /from \/home/],
    ['\\\\server\\share', 'REGION_OUTSIDE_TREE', /not inside/, /from \/home/],
    ['{/etc,src}', 'REGION_OUTSIDE_TREE', /absolute/, /from the root/],
    ['a/**/../b', 'REGION_INVALID', /\.\. after \*\*/, /folder that is meant/],
    ['a\0b', 'REGION_INVALID', /NUL/, /out/],
    ['a\ud800', 'REGION_INVALID', /surrogate/, /UTF-8/],
    ['!src', 'REGION_INVALID', /no exclusions/, /\.\/!/],
    ['src/[ab', 'REGION_INVALID', /no \]/, /\[\[\]/],
    ['src/[a/b]', 'REGION_INVALID', /slash/, /braces/],
    ['src/[]', 'REGION_INVALID', /no \]/, /\[\[\]/],
    ['src/[z-a]', 'REGION_INVALID', /ends before it starts/, /\[a-z\]/],
    ['src/[[:alpha:]]', 'REGION_INVALID', /by name/, /\[a-z0-9\]/],
    ['src/{a,b', 'REGION_INVALID', /no \}/, /\[\{\]/],
    ['src/{a}', 'REGION_INVALID', /one alternative/, /\[\{\]/],
    ['src/{1..3}', 'REGION_INVALID', /Counting/, /\{1,2,3\}/],
    ['src/@(a|b)', 'REGION_INVALID', /extended/, /\{a,b\}/],
    ['a'.repeat(1_025), 'REGION_INVALID', /longer than 1,?024/, /shorter/],
    ['{a,b}'.repeat(9), 'REGION_INVALID', /more than 256/, /several patterns/],
    ['{'.repeat(1_000), 'REGION_INVALID', /no \}/, /\[\{\]/],
  ] as const) {
    const [found, reason, hint] = refusalOf(text);
    assert.equal(found, code, text);
    assert.match(reason, said, text);
    assert.match(hint, next, text);
  }
});

test('without the root of a tree every absolute path is outside of it', () => {
  const parsed = parsePattern('/src');
  assert.ok(parsed.kind === 'refused' && parsed.code === 'REGION_OUTSIDE_TREE');
});

test('an absolute path is one of the tree whatever characters the tree has in its name', () => {
  const odd = '/home/me/[work] {1}*';
  assert.deepEqual(parsePattern(`${odd}/src/*.ts`, { root: odd }), {
    kind: 'pattern',
    pattern: 'src/*.ts',
  });
  assert.deepEqual(parsePattern(odd, { root: odd }), { kind: 'pattern', pattern: '**' });
  assert.deepEqual(parsePattern('C:\\work\\src', { root: 'C:\\work' }), {
    kind: 'pattern',
    pattern: 'src',
  });
});

test('a region without patterns is not known, and never apart from anything', () => {
  const parsed = parseRegion([]);
  assert.ok(parsed.kind === 'refused' && parsed.code === 'REGION_EMPTY');
  assert.match(parsed.hint, /\*\* for the whole tree/);
});

test('ten thousand patterns are refused, and a thousand are not', () => {
  const many = Array.from({ length: 10_000 }, (_, n) => `src/f${n}`);
  const parsed = parseRegion(many);
  assert.ok(parsed.kind === 'refused' && parsed.code === 'REGION_INVALID');
  assert.match(parsed.reason, /10,000 patterns, and 1,000 are the most/);
  assert.equal(parseRegion(many.slice(0, regionLimits.patterns)).kind, 'region');
});

test('braces of all patterns together are bounded too', () => {
  const many = Array.from({ length: 20 }, (_, n) => `src/${n}${'{a,b}'.repeat(8)}`);
  const parsed = parseRegion(many);
  assert.ok(parsed.kind === 'refused');
  assert.match(parsed.reason, /4,000/);
});

test('a region says which of its patterns is wrong, without printing all of a long one', () => {
  const parsed = parseRegion(['src', `x[${'a'.repeat(500)}`]);
  assert.ok(parsed.kind === 'refused');
  assert.match(parsed.reason, /^"x\[a{78}…" is no pattern: A \[ has no \]/);
});

test('a region in its normal form passes, and another one is told its normal form', () => {
  assert.equal(checkRegion(['src/**', 'docs/a.md', '{a/b,c}']), null);
  const found = checkRegion(['./src//a']);
  assert.match(found?.hint ?? '', /src\/a/);
  assert.equal(checkRegion(['src', 'src'])?.code, 'REGION_INVALID');
  assert.equal(checkRegion([])?.code, 'REGION_EMPTY');
});

test('patterns that cannot be read may match anything, and cover nothing', () => {
  const unread = compileRegion({ patterns: ['src/[future', '/abs'] });
  assert.deepEqual(regionsIntersect(unread, compileRegion({ patterns: ['docs'] })), {
    a: 'src/[future',
    b: 'docs',
    witness: 'docs',
  });
  assert.equal(regionCovers(unread, 'src/[future'), false);
});

test('awkward patterns of full length are compared in moments', () => {
  const [a, b] = ['*a'.repeat(500), `${'*b'.repeat(500)}*`];
  const [c, d] = [`${'**/a/'.repeat(200)}*b*`, `${'**/*/'.repeat(200)}*c*`];
  const start = performance.now();
  assert.notEqual(
    regionsIntersect(compileRegion({ patterns: [a] }), compileRegion({ patterns: [b] })),
    null,
  );
  assert.notEqual(
    regionsIntersect(compileRegion({ patterns: [c] }), compileRegion({ patterns: [d] })),
    null,
  );
  const slow = compileRegion({ patterns: [`${'*a'.repeat(400)}c`] });
  assert.equal(regionCovers(slow, 'a'.repeat(4_000)), false);
  assert.ok(performance.now() - start < 2_000);
});

test('a region that nobody could compare in time is refused, and the worst that is not is compared in moments', () => {
  const awkward = (letter: string, count: number) =>
    Array.from({ length: count }, (_, n) => `${'?'.repeat(900 + n)}*${letter}*z`);
  const refusal = parseRegion(awkward('a', 100));
  assert.ok(refusal.kind === 'refused' && refusal.code === 'REGION_INVALID');
  assert.match(refusal.reason, /more wildcards than can be compared/);
  const deep = parseRegion(Array.from({ length: 1_000 }, (_, n) => `${'**/a/'.repeat(20)}${n}`));
  assert.equal(deep.kind, 'refused');
  const many = Array.from({ length: 1_000 }, (_, n) => `packages/p${n}/src/**/*.test.ts`);
  assert.equal(parseRegion(many).kind, 'region');

  const one = Array.from({ length: 16 }, (_, n) => `${'?'.repeat(450)}a*${'?'.repeat(440 + n)}az`);
  const other = Array.from({ length: 16 }, (_, n) => `*${'?'.repeat(440 + n)}bz`);
  assert.equal(parseRegion(one).kind, 'region');
  const start = performance.now();
  assert.equal(
    regionsIntersect(compileRegion({ patterns: one }), compileRegion({ patterns: other })),
    null,
  );
  assert.ok(performance.now() - start < 5_000);
});
