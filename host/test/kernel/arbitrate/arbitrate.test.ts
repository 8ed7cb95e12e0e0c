import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  arbitrate,
  type ClaimRequest,
  type Decision,
  decisionLines,
  rankAlternatives,
  type World,
} from '../../../src/kernel/arbitrate/index.ts';
import type { Claim } from '../../../src/kernel/claims/index.ts';
import {
  amount,
  counted,
  gib,
  lane,
  lease,
  named,
  policy,
  region,
  request,
  waiter,
  world,
} from './world.ts';

const nowMs = 1000;
const decide = (asked: ClaimRequest, around: World = world(), by = policy): Decision =>
  arbitrate(asked, around, by, nowMs);

function granted(decision: Decision): Decision & { kind: 'granted' } {
  assert.ok(decision.kind === 'granted', JSON.stringify(decision));
  return decision;
}
function kept(decision: Decision, code: string): Exclude<Decision, { kind: 'granted' }> {
  assert.ok(decision.kind !== 'granted', `granted, not ${code}`);
  assert.equal(decision.code, code, decision.reason);
  return decision;
}

test('what nobody holds is granted', () => {
  const claims = [region(['src/**']), named('deploy'), amount('ram', gib)];
  assert.deepEqual(granted(decide(request([claims]))).claims, claims);
});

test('a region that shares a path with that of another is held, and both patterns and the path are told', () => {
  const held = lease(1, 'anna', [region(['src/api/**'])], { purpose: 'moving it' });
  const answer = kept(decide(request([[region(['src/**'])]]), world([held])), 'REGION_HELD');
  assert.match(
    answer.reason,
    /^src\/\*\* overlaps src\/api\/\*\*, held by "anna", for 999 ms so far, for "moving it", and for 59 s more/,
  );
  assert.equal(answer.blockers[0]?.leaseId, 'lse_1');
  assert.equal(answer.blockers[0]?.overlap?.asked, 'src/**');
});

test('src and src2 have nothing to do with each other', () => {
  granted(decide(request([[region(['src2'])]]), world([lease(1, 'anna', [region(['src'])])])));
});

test('patterns of the same paths in other words collide', () => {
  for (const written of ['./src/a', 'src//a', 'x/../src/a', 'src/{a,b}', 'src/[ab]', 'src/?']) {
    const around = world([lease(1, 'anna', [region(['src/a'])])]);
    kept(decide(request([[region([written])]]), around), 'REGION_HELD');
    const other = world([lease(1, 'anna', [region([written])])]);
    kept(decide(request([[region(['src/a'])]]), other), 'REGION_HELD');
  }
});

test('names that look the same are the same, however they are composed', () => {
  const around = world([lease(1, 'anna', [named('caf\u00e9')])]);
  kept(decide(request([[named('cafe\u0301')]]), around), 'NAME_HELD');
  const { claims } = granted(decide(request([[named('cafe\u0301')]])));
  assert.deepEqual(claims, [named('caf\u00e9')]);
});

test('ten thousand patterns, in one region or in many, are refused before anything is compared', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `src/${n}`);
  kept(decide(request([[region(many(10_000))]])), 'REGION_INVALID');
  const regions = Array.from({ length: 10 }, () => region(many(1000)));
  kept(decide(request([regions])), 'REGION_INVALID');
  kept(decide(request([[region(['a'.repeat(1025)])]])), 'REGION_INVALID');
  granted(decide(request([[region(many(1000))]])));
});

test('one file of three in the way keeps the whole request back', () => {
  const around = world([lease(1, 'anna', [region(['src/**'])])]);
  kept(decide(request([[region(['src/a.py', 'n/1', 'n/2'])]]), around), 'REGION_HELD');
});

test('a region in a tree inside another tree is the same region', () => {
  const inner = { ...region(['a/**']), tree: '/tree/packages/x' };
  const around = world([lease(1, 'anna', [region(['packages/**'])])]);
  kept(decide(request([[inner]]), around), 'REGION_HELD');
  granted(decide(request([[{ ...inner, tree: '/tree2' }]]), around));
  const below = world([lease(1, 'anna', [inner])]);
  kept(decide(request([[region(['packages/*/a/b'])]]), below), 'REGION_HELD');
});

test('shared claims go together, and an exclusive one with none of them', () => {
  const around = world([lease(1, 'anna', [region(['src/**'], 'shared'), named('x', 'shared')])]);
  granted(decide(request([[region(['src/**'], 'shared'), named('x', 'shared')]]), around));
  kept(decide(request([[region(['src/**'])]]), around), 'REGION_HELD');
  kept(decide(request([[named('x')]]), around), 'NAME_HELD');
});

test('leases of the same holder, of the same run and of the parent are not in the way', () => {
  const around = world([
    lease(1, 'anna', [region(['src/**'])], { runId: 'run-1' }),
    lease(2, 'part', [region(['docs/**'])], { parent: 'lse_1' }),
  ]);
  const asked = [[region(['src/a']), region(['docs/a'])]];
  kept(decide(request(asked), around), 'REGION_HELD');
  granted(decide(request(asked, { parent: 'lse_2' }), around));
  granted(decide(request([[region(['src/a'])]], { runId: 'run-1' }), around));
  granted(decide(request([[region(['src/a'])]], { holder: 'anna' }), around));
});

test('a lane that nobody declared is refused with the known ones and the nearest', () => {
  const answer = kept(decide(request([[lane('bakend')]])), 'LANE_UNKNOWN');
  assert.equal(answer.kind, 'refused');
  assert.match(answer.hint, /"backend"\? Known lanes: backend, docs, release and ui\./);
  const none = kept(
    decide(request([[lane('x')]]), world(), { ...policy, lanes: {} }),
    'LANE_UNKNOWN',
  );
  assert.match(none.hint, /lanes:/);
  kept(decide(request([[named('free')], [lane('toString')]])), 'LANE_UNKNOWN');
});

test('a busy lane is never replaced by another unless that was asked for', () => {
  const around = world([lease(1, 'anna', [lane('docs')])]);
  kept(decide(request([[lane('docs')]]), around), 'LANE_HELD');
  assert.equal(granted(decide(request([[lane('docs')], [lane('ui')]]), around)).alternative, 1);
});

test('an exclusive lane is exclusive whatever a request says, and its claims are recorded so', () => {
  const { claims } = granted(decide(request([[lane('backend', 'shared')]])));
  assert.deepEqual(claims, [
    lane('backend'),
    region(['services/api/**']),
    amount('class:heavy', 1),
  ]);
  const around = world([lease(1, 'anna', claims)]);
  kept(decide(request([[lane('backend', 'shared')]]), around), 'LANE_HELD');
});

test('a lane comes with its paths', () => {
  const around = world([lease(1, 'anna', [region(['services/ui/app.ts'])])]);
  const answer = kept(decide(request([[lane('ui')]]), around), 'REGION_HELD');
  assert.match(answer.reason, /^Lane "ui" comes with services\/ui\/\*\*, which overlaps/);
});

test('a lane that is alone waits for everybody, and everybody for it', () => {
  const around = world([lease(1, 'anna', [amount('ram', 1)])]);
  kept(decide(request([[lane('release')]]), around), 'LANE_ALONE');
  const { claims } = granted(decide(request([[lane('release')]])));
  const alone = world([lease(1, 'anna', claims)]);
  kept(decide(request([[named('anything')]]), alone), 'LANE_ALONE');
  kept(decide(request([[amount('ram', 1)]]), alone), 'LANE_ALONE');
  granted(decide(request([[named('anything')]], { holder: 'anna' }), alone));
});

test('a class has room for so many holders, and those who are in it take no second place', () => {
  const heavy = amount('class:heavy', 1);
  const around = world([
    lease(1, 'anna', [named('a'), heavy], { runId: 'r' }),
    lease(2, 'bert', [named('b'), heavy]),
    lease(3, 'bert', [named('c'), heavy]),
  ]);
  const answer = kept(decide(request([[lane('ui')]]), around), 'CLASS_FULL');
  assert.match(
    answer.reason,
    /^Class "heavy" has room for 2 at once: "anna" holds name "a" exclusively, for 999 ms so far, and for 59 s more unless it is renewed; "bert" holds/,
  );
  granted(decide(request([[lane('ui')]], { runId: 'r' }), around));
});

test('amounts add up, those of one holder too', () => {
  const around = world([lease(1, 'me', [amount('license:matlab', 2)])]);
  granted(decide(request([[amount('license:matlab', 1)]]), around));
  const answer = kept(decide(request([[amount('license:matlab', 2)]]), around), 'RESOURCE_HELD');
  assert.deepEqual(answer.kind === 'waiting' && answer.shortfall, {
    resource: 'license:matlab',
    amount: 1,
  });
});

test('two claims on the same resource are one on their sum', () => {
  const two = [amount('license:matlab', 2), amount('license:matlab', 2)];
  kept(decide(request([two])), 'CLAIM_NEVER_FITS');
});

test('what strangers use counts, and they are told apart from those who hold a lease', () => {
  const ram = { total: 16 * gib, budget: 14 * gib, used: 10 * gib, usedBy: { lse_1: 3 * gib } };
  const around = world([lease(1, 'anna', [amount('ram', 4 * gib)])], { capacity: { ram } });
  // anna's 4 and 7 of strangers leave 3
  granted(decide(request([[amount('ram', 3 * gib)]]), around));
  const used = kept(decide(request([[amount('ram', 4 * gib)]]), around), 'RESOURCE_USED');
  assert.match(used.reason, /programs that Capstan did not start use 7 GiB/);
  kept(decide(request([[amount('ram', 11 * gib)]]), around), 'RESOURCE_HELD');
  kept(decide(request([[amount('ram', 15 * gib)]]), around), 'CLAIM_NEVER_FITS');
});

test('a lease that uses more than it was granted counts with what it uses', () => {
  const ram = { total: 10, budget: 10, used: 8, usedBy: { lse_1: 8 } };
  const around = world([lease(1, 'anna', [amount('ram', 2)])], { capacity: { ram } });
  granted(decide(request([[amount('ram', 2)]]), around));
  kept(decide(request([[amount('ram', 3)]]), around), 'RESOURCE_HELD');
});

test('use that cannot be told apart may be that of the leases', () => {
  const ram = { total: 10, budget: 10, used: 6, usedBy: null };
  const live = [lease(1, 'anna', [amount('ram', 4)])];
  granted(decide(request([[amount('ram', 4)]]), world(live, { capacity: { ram } })));
  kept(decide(request([[amount('ram', 5)]]), world(live, { capacity: { ram } })), 'RESOURCE_USED');
});

test('a resource that nobody knows is refused with the nearest; a measurement that is none is no room', () => {
  const answer = kept(decide(request([[amount('licence:matlab', 1)]])), 'RESOURCE_UNKNOWN');
  assert.match(answer.hint, /Did you mean "license:matlab"\?/);
  const ram = { total: 10, budget: Number.NaN, used: 0, usedBy: null };
  kept(decide(request([[amount('ram', 1)]]), world([], { capacity: { ram } })), 'CLAIM_NEVER_FITS');
  kept(decide(request([[amount('gpu/vram', 1)]]), world([], { capacity: {} })), 'RESOURCE_UNKNOWN');
  kept(decide(request([[amount('toString', 1)]])), 'RESOURCE_UNKNOWN');
});

test('memory of any device comes from the one on which the least is left over', () => {
  const of = (size: number) => granted(decide(request([[amount('gpu/vram', size)]]))).claims[0];
  assert.deepEqual(of(6 * gib), amount('gpu:0/vram', 6 * gib));
  assert.deepEqual(of(8 * gib), amount('gpu:1/vram', 8 * gib));
  const answer = kept(decide(request([[amount('gpu/vram', 30 * gib)]])), 'CLAIM_NEVER_FITS');
  assert.match(answer.reason, /^30 GiB of gpu:1\/vram can never be granted: 22 GiB/);
  const full = world([lease(1, 'anna', [amount('gpu:1/vram', 20 * gib)])]);
  const held = kept(decide(request([[amount('gpu/vram', 10 * gib)]]), full), 'RESOURCE_HELD');
  assert.match(
    held.reason,
    /8 GiB more have to become free\. None of the 2 devices can be had now\./,
  );
});

test('all or nothing: a free name with a busy one is not granted', () => {
  const around = world([lease(1, 'anna', [named('a')])]);
  const answer = kept(decide(request([[named('b'), named('a')]]), around), 'NAME_HELD');
  assert.equal(answer.blockers.length, 1);
});

test('alternatives are tried in their order, and the first reason for which waiting helps is told', () => {
  const around = world([lease(1, 'anna', [named('a')])]);
  const alternatives: Claim[][] = [[amount('ram', 99 * gib)], [named('a')], [amount('cpu', 1)]];
  const answer = kept(decide(request(alternatives), around), 'NAME_HELD');
  assert.match(answer.reason, /None of the 3 alternatives can be had now\.$/);
});

test('ranked, what can be had now comes before what can be waited for, and that before what never fits', () => {
  const around = world([
    lease(1, 'anna', [named('a')]),
    lease(2, 'bert', [named('a2'), named('b')]),
  ]);
  const alternatives = [
    [amount('ram', 99 * gib)],
    [named('a'), named('b')],
    [named('a')],
    [named('c')],
  ];
  assert.deepEqual(rankAlternatives(request(alternatives), around, policy, nowMs), [3, 2, 1, 0]);
});

test('force puts names and regions of others aside and says whose; an amount it cannot make more', () => {
  const around = world(
    [lease(1, 'anna', [region(['src/**'])]), lease(2, 'bert', [amount('license:matlab', 3)])],
    { waiters: [waiter(7, 'zoe', [[region(['src/a'])]])] },
  );
  const force = { isForced: true };
  const answer = granted(decide(request([[region(['src/a'])]], force), around));
  assert.deepEqual(
    answer.overlaps.map(({ leaseId }) => leaseId),
    ['lse_1'],
  );
  assert.deepEqual(answer.overtaken, [7]);
  kept(decide(request([[amount('license:matlab', 1)]], force), around), 'RESOURCE_HELD');
  kept(decide(request([[amount('license:matlab', 4)]], force), around), 'CLAIM_NEVER_FITS');
  kept(decide(request([[region([])]], force), around), 'REGION_EMPTY');
  kept(decide(request([[lane('nope')]], force), around), 'LANE_UNKNOWN');
});

test('a policy that tolerates overlap grants it and says with whom; names stay exclusive', () => {
  const tolerant = { ...policy, toleratesOverlap: true };
  const around = world([lease(1, 'anna', [region(['src/**']), named('x')])]);
  const answer = granted(decide(request([[region(['src/a'])]]), around, tolerant));
  assert.equal(answer.overlaps[0]?.holder, 'anna');
  kept(decide(request([[region(['src/a']), named('x')]]), around, tolerant), 'NAME_HELD');
});

test('names and regions are given in the order of the line', () => {
  const before = waiter(3, 'zoe', [[region(['src/**'])], [named('x')]], { purpose: 'ship it' });
  const around = world([], { waiters: [before, waiter(9, 'late', [[named('y')]])] });
  const answer = kept(decide(request([[region(['src/a'])]]), around), 'LINE_AHEAD');
  assert.match(
    answer.reason,
    /^"zoe" has waited for 1 s for src\/\*\* \(for "ship it"\) and came first\./,
  );
  assert.equal(answer.blockers[0]?.ticket, 3);
  kept(decide(request([[named('x')]]), around), 'LINE_AHEAD');
  granted(decide(request([[named('y')]], { ticket: 8 }), around));
  granted(decide(request([[region(['src/a'])]], { ticket: 2 }), around));
  granted(decide(request([[region(['src/a'])]], { holder: 'zoe' }), around));
  const late = { ...before, untilMs: nowMs };
  granted(decide(request([[region(['src/a'])]]), world([], { waiters: [late] })));
});

test('those who wait for a lane wait for its paths and for its solitude', () => {
  const forUi = world([], { waiters: [waiter(1, 'zoe', [[lane('ui')]])] });
  kept(decide(request([[region(['services/ui/a'])]]), forUi), 'LINE_AHEAD');
  const forAll = world([], { waiters: [waiter(1, 'zoe', [[lane('release')]])] });
  kept(decide(request([[named('anything')]]), forAll), 'LINE_AHEAD');
  kept(decide(request([[amount('ram', 1)]]), forAll), 'LINE_AHEAD');
});

test('who waits for what a holder has is passed by that holder and its children, who are not done', () => {
  const held = lease(1, 'anna', [region(['src/**']), named('x')]);
  const around = world([held], { waiters: [waiter(3, 'zoe', [[region(['src/**']), named('y')]])] });
  const inside = request([[region(['src/api/**'])]], { holder: 'part', parent: 'lse_1' });
  assert.deepEqual(granted(decide(inside, around)).overtaken, [3]);
  granted(decide(request([[region(['src/api/**'])]], { holder: 'anna' }), around));
  kept(decide(request([[named('y')]], { holder: 'anna' }), around), 'LINE_AHEAD');
});

test('a place in a class is kept for those who waited long enough for a lane of it', () => {
  const around = world([lease(1, 'anna', [named('x'), amount('class:heavy', 1)])], {
    waiters: [waiter(3, 'zoe', [[lane('backend')]])],
  });
  assert.deepEqual(granted(decide(request([[lane('ui')]]), around)).overtaken, [3]);
  kept(arbitrate(request([[lane('ui')]]), around, policy, policy.agingMs), 'LINE_AHEAD');
});

test('for an amount one who waits may be passed for a while, and then no more', () => {
  const around = world([lease(1, 'anna', [amount('ram', 8 * gib)])], {
    waiters: [waiter(4, 'zoe', [[amount('ram', 10 * gib)]])],
  });
  const small = request([[amount('ram', 2 * gib)]]);
  assert.deepEqual(granted(decide(small, around)).overtaken, [4]);
  const later = arbitrate(small, around, policy, policy.agingMs);
  kept(later, 'LINE_AHEAD');
});

test('who leaves enough for those who wait passes nobody', () => {
  const around = world([lease(1, 'anna', [named('x')])], {
    waiters: [waiter(4, 'zoe', [[amount('ram', 10 * gib), named('x')]])],
  });
  const answer = arbitrate(request([[amount('ram', 4 * gib)]]), around, policy, policy.agingMs);
  assert.deepEqual(granted(answer).overtaken, []);
  kept(
    arbitrate(request([[amount('ram', 5 * gib)]]), around, policy, policy.agingMs),
    'LINE_AHEAD',
  );
});

test('one that waits for what can never be had keeps nothing from anybody', () => {
  const around = world([], { waiters: [waiter(4, 'zoe', [[amount('ram', 99 * gib)]])] });
  granted(arbitrate(request([[amount('ram', 14 * gib)]]), around, policy, policy.agingMs));
});

test('one that waits for any device has aged on all of them', () => {
  const around = world([lease(1, 'anna', [amount('gpu:1/vram', 20 * gib)])], {
    waiters: [waiter(4, 'zoe', [[amount('gpu/vram', 20 * gib)]])],
  });
  const small = request([[amount('gpu:1/vram', gib)]]);
  kept(arbitrate(small, around, policy, policy.agingMs), 'LINE_AHEAD');
});

test('every wait says who, since when, what for, until when, and what to do', () => {
  const around = world([lease(1, 'anna', [named('x')], { purpose: 'a release' })]);
  const lines = decisionLines(decide(request([[named('x')]]), around), nowMs);
  assert.deepEqual(lines, [
    'Name "x" is held by "anna", for 999 ms so far, for "a release", and for 59 s more unless it is renewed.',
    '  in the way: "anna" holds name "x" exclusively, for 999 ms so far, for "a release", and for 59 s more unless it is renewed (lse_1)',
    '  try: Wait for it with `--wait 61s`. `capstan lease list` shows who holds it. It is free in 59 s at the latest, unless it is renewed.',
    '  code: NAME_HELD',
  ]);
});

test('a class of which nobody said how many is a resource that nobody knows', () => {
  const around = world([], { capacity: { 'class:other': counted(1) } });
  kept(decide(request([[lane('ui')]]), around), 'RESOURCE_UNKNOWN');
});
