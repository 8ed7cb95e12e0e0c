import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CompiledRegion,
  compileRegion,
  parsePattern,
  regionCovers,
  regionsIntersect,
} from '../../src/kernel/regions/index.ts';
import {
  everyPath,
  type ModelPattern,
  oracle,
  patternOf,
  regionOf,
  textOf,
} from './region-model.ts';

const paths = everyPath(['a', 'b', 'ab', 'ba']);
const bothCases = everyPath(['a', 'B', 'Ab']);
const small = ['a', 'b', 'ab'];
const mixed = ['a', 'A', 'b', 'B'];

const compiled = (patterns: readonly ModelPattern[], foldsCase = false): CompiledRegion =>
  compileRegion({ patterns: patterns.map(textOf), ...(foldsCase ? { foldsCase: true } : {}) });

test('a region covers the paths that its patterns match, and no other', () => {
  fc.assert(
    fc.property(regionOf(small), (patterns) => {
      const region = compiled(patterns);
      const matches = oracle(patterns);
      for (const path of paths) assert.equal(regionCovers(region, path), matches(path), path);
    }),
    { numRuns: 300 },
  );
});

test('two regions meet where a path is in both, and the path that is named is in both', () => {
  let met = 0;
  let apart = 0;
  fc.assert(
    fc.property(regionOf(small), regionOf(small), (one, other) => {
      const meeting = regionsIntersect(compiled(one), compiled(other));
      const [inOne, inOther] = [oracle(one), oracle(other)];
      if (meeting === null) {
        apart++;
        const common = paths.find((path) => inOne(path) && inOther(path));
        assert.equal(common, undefined, 'called disjoint');
      } else {
        met++;
        assert.ok(inOne(meeting.witness), `${meeting.witness} is not in the first`);
        assert.ok(inOther(meeting.witness), `${meeting.witness} is not in the second`);
        assert.ok(regionCovers(compiled(one), meeting.witness));
        assert.ok(oracle(one.filter((each) => textOf(each) === meeting.a))(meeting.witness));
        assert.ok(oracle(other.filter((each) => textOf(each) === meeting.b))(meeting.witness));
      }
    }),
    { numRuns: 1_000 },
  );
  assert.ok(met > 100 && apart > 100, `${met} met and ${apart} did not: both have to be seen`);
});

test('where the filesystem folds case both questions do', () => {
  fc.assert(
    fc.property(regionOf(mixed), regionOf(mixed), (one, other) => {
      const [first, second] = [compiled(one, true), compiled(other, true)];
      const [inOne, inOther] = [oracle(one, 'i'), oracle(other, 'i')];
      for (const path of bothCases) assert.equal(regionCovers(first, path), inOne(path), path);
      const meeting = regionsIntersect(first, second);
      const common = bothCases.find((path) => inOne(path) && inOther(path));
      if (meeting === null) assert.equal(common, undefined, 'called disjoint');
      else assert.ok(inOne(meeting.witness) && inOther(meeting.witness), meeting.witness);
    }),
    { numRuns: 300 },
  );
});

test('what is called disjoint has no path in common but below the name of a file', () => {
  const named = ['a', 'b', '.c'];
  const files = everyPath(['a', 'a.c', 'b.c', '.c']);
  const isBelowFile = (path: string): boolean => /[ab]\.c\//.test(path);
  fc.assert(
    fc.property(regionOf(named), regionOf(named), (one, other) => {
      const meeting = regionsIntersect(compiled(one), compiled(other));
      const [inOne, inOther] = [oracle(one), oracle(other)];
      if (meeting !== null) {
        assert.ok(inOne(meeting.witness) && inOther(meeting.witness), meeting.witness);
        return;
      }
      const common = files.find((path) => !isBelowFile(path) && inOne(path) && inOther(path));
      assert.equal(common, undefined, 'called disjoint');
    }),
    { numRuns: 1_000 },
  );
});

test('who is asked first does not matter', () => {
  fc.assert(
    fc.property(regionOf(small), regionOf(small), (one, other) => {
      const forth = regionsIntersect(compiled(one), compiled(other));
      const back = regionsIntersect(compiled(other), compiled(one));
      assert.equal(forth === null, back === null);
    }),
    { numRuns: 500 },
  );
});

test('a region meets itself, and the whole tree', () => {
  fc.assert(
    fc.property(regionOf(small), (patterns) => {
      const region = compiled(patterns);
      assert.notEqual(regionsIntersect(region, region), null);
      assert.notEqual(regionsIntersect(region, compileRegion({ patterns: ['**'] })), null);
    }),
    { numRuns: 300 },
  );
});

test('the normal form of a pattern means the same, and has itself for its normal form', () => {
  fc.assert(
    fc.property(patternOf(small), (pattern) => {
      const text = textOf(pattern);
      const once = parsePattern(text);
      assert.ok(once.kind === 'pattern', text);
      assert.deepEqual(parsePattern(once.pattern), once);
      const region = compileRegion({ patterns: [once.pattern] });
      const matches = oracle([pattern]);
      for (const path of paths) assert.equal(regionCovers(region, path), matches(path), path);
    }),
    { numRuns: 300 },
  );
});

test('any text at all is refused or has a normal form that is its own', () => {
  const word = fc.string({
    unit: fc.constantFrom(...Array.from('ab/.*?[]{}!^-,\\(')),
    maxLength: 14,
  });
  fc.assert(
    fc.property(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 12 })), (text) => {
      const once = parsePattern(text);
      if (once.kind === 'refused') {
        assert.ok(once.reason.endsWith('.') && once.hint.endsWith('.'));
        return;
      }
      assert.deepEqual(parsePattern(once.pattern), once);
      const region = compileRegion({ patterns: [once.pattern] });
      assert.deepEqual(region.unread, []);
      assert.notEqual(regionsIntersect(region, region), null);
    }),
    { numRuns: 1_000 },
  );
});

test('another spelling of a path has the same normal form', () => {
  const detours = fc.array(fc.constantFrom('./', '/', 'zz/../', '*/../', './zz/./../'), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(
      patternOf(small),
      fc.array(detours, { minLength: 4, maxLength: 4 }),
      (pattern, more) => {
        const names = textOf(pattern).split('/');
        const roundabout = names.map(
          (name, at) => `${at === 0 ? './' : ''}${(more[at] ?? []).join('')}${name}`,
        );
        assert.deepEqual(parsePattern(roundabout.join('/')), parsePattern(names.join('/')));
        assert.deepEqual(parsePattern(names.join('\\')), parsePattern(names.join('/')));
      },
    ),
    { numRuns: 300 },
  );
});
