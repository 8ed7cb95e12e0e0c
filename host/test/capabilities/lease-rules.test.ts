import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDeclarations } from '../../src/capabilities/index.ts';
import { defaults } from '../../src/defaults.ts';

const declared = (...lines: string[]) =>
  parseDeclarations(['capabilities: []', ...lines].join('\n'), 'capstan.yaml');

function problems(...lines: string[]): string[] {
  try {
    declared(...lines);
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace('capstan.yaml:', ''));
  }
  return [];
}

test('a file that says nothing of leases has the defaults', () => {
  const { lanes, classes, resources, leases, headroom, monitor } = declared();
  assert.deepEqual(
    { lanes, classes, resources, monitor },
    {
      lanes: {},
      classes: {},
      resources: {},
      monitor: null,
    },
  );
  assert.deepEqual(leases, {
    termMs: defaults.leaseTermMs,
    maxTermMs: defaults.leaseMaxTermMs,
    toleratesOverlap: false,
    agingMs: defaults.leaseAgingMs,
  });
  assert.equal(headroom.ram, defaults.ramHeadroom);
});

test('lanes, classes and counted resources are read with their shorthands', () => {
  const { lanes, classes, resources } = declared(
    'lanes:',
    '  backend: { paths: [src/api/**], exclusive: true, class: agents }',
    '  release: { alone: true }',
    '  docs:',
    'classes: { agents: { most: 2 } }',
    'resources: { "license:matlab": 3, board: { amount: 1, scope: machine } }',
  );
  assert.deepEqual(lanes, {
    backend: { paths: ['src/api/**'], isExclusive: true, class: 'agents' },
    release: { isAlone: true },
    docs: {},
  });
  assert.deepEqual(classes, { agents: { most: 2 } });
  assert.deepEqual(resources, {
    'license:matlab': { amount: 3, scope: 'workspace' },
    board: { amount: 1, scope: 'machine' },
  });
});

test('durations are written with a unit', () => {
  const { leases, liveness } = declared(
    'leases: { term: 1h30m, maxTerm: 2d, overlap: tolerate, aging: 500ms }',
    'liveness: { young: 10m, silence: 5m, spinning: 20m }',
  );
  assert.deepEqual(leases, {
    termMs: 5_400_000,
    maxTermMs: 172_800_000,
    toleratesOverlap: true,
    agingMs: 500,
  });
  assert.deepEqual(liveness, { youngMs: 600_000, silenceMs: 300_000, spinningMs: 1_200_000 });
});

test('a longest term that is shorter than the usual one shortens it', () => {
  assert.equal(declared('leases: { maxTerm: 5m }').leases.termMs, 300_000);
  assert.equal(declared('leases: { term: 48h }').leases.maxTermMs, 172_800_000);
});

test('everything that is wrong is told at once, each at its place', () => {
  const told = problems(
    'lanes: { backend: { path: [src] }, "a b": {} }',
    'classes: { agents: { most: 0 } }',
    'resources: { ram: 4, "license:x": -1, y: .nan }',
    'leases: { term: 30, overlap: maybe, maxTerm: 0s }',
    'refusals: { INTERNAL: { summary: a, fix: b }, low: { summary: a, fix: b } }',
    'headroom: { ram: 90 }',
    'monitr: gpu',
  );
  const expected = [
    /^2:21: unknown key "path" \(did you mean "paths"\?\)/,
    /^2:36: lanes: the name "a b" must be/,
    /^3:28: classes\.agents\.most: must be at least 1/,
    /^4:14: resources: the name "ram" is measured/,
    /^4:35: resources\.license:x: must be at least 1/,
    /^4:42: resources\.y/,
    /^5:17: leases\.term: needs a unit/,
    /^5:30: leases\.overlap cannot be "maybe" \(known: refuse, tolerate\)/,
    /^5:46: leases\.maxTerm: must be more than nothing/,
    /^6:13: refusals: the name "INTERNAL" is a code of Capstan/,
    /^6:47: refusals: the name "low" must be/,
    /^7:18: headroom\.ram: is a share/,
    /^8:1: unknown key "monitr" \(did you mean "monitor"\?\)/,
  ];
  assert.equal(told.length, expected.length, told.join('\n'));
  for (const [index, pattern] of expected.entries()) assert.match(told[index] ?? '', pattern);
});

test('names that lead nowhere are told with the nearest one', () => {
  const told = problems(
    'lanes: { backend: { class: agnets } }',
    'classes: { agents: { most: 2 } }',
    'leases: { term: 2h, maxTerm: 1h }',
    'monitor: gpu-watch',
  );
  assert.match(told[0] ?? '', /no class "agnets".*did you mean "agents"/);
  assert.match(told[1] ?? '', /2h is longer than the maxTerm of 1h/);
  assert.match(told[2] ?? '', /no capability "gpu-watch"/);
});

test('the paths of a lane are normalised, and bad ones are refused at their place', () => {
  const { lanes } = declared('lanes: { a: { paths: [./src//api/, "docs/**"] } }');
  assert.deepEqual(lanes['a']?.paths, ['src/api', 'docs/**']);
  const told = problems(
    'lanes:',
    '  a: { paths: [src, ../other, /etc, "", "!x", "x\\0"] }',
    '  b: { paths: [] }',
  );
  assert.deepEqual(
    told.map((line) => line.split(': ')[0]),
    ['4:15'],
    'what is wrong with the form is told first',
  );
  const paths = problems('lanes:', '  a: { paths: [src, ../other, /etc, "", "!x"] }');
  assert.deepEqual(
    paths.map((line) => line.split(': ').slice(0, 2).join(' ')),
    ['3:21', '3:31', '3:37', '3:41'].map((place, at) => `${place} lanes.a.paths[${at + 1}]`),
  );
});

test('words of a refusal keep to one plain line', () => {
  const [told] = problems('refusals: { MINE: { summary: "a\\u2028b", fix: "c" } }');
  assert.match(told ?? '', /must be one line of plain text/);
});
