import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchAdapter } from '../../src/capabilities/match.ts';

const method = (name: string, ...params: string[]) => ({
  name,
  signature: `(${params.join(', ')}) -> Anything`,
  params,
});
const surface = {
  methods: [method('detect', 'audio', 'threshold'), method('reset')],
  properties: ['model'],
  attributes: [],
};

test('a tool that has every method and property fits, whatever its annotations say', () => {
  const protocol = {
    methods: [{ ...method('detect', 'audio'), signature: '(audio: str)' }],
    properties: ['model'],
  };
  assert.deepEqual(matchAdapter(surface, protocol), {
    compatible: true,
    missing_methods: [],
    missing_properties: [],
    param_mismatches: [],
    reason: null,
  });
});

test('everything that is missing is named at once', () => {
  const protocol = {
    methods: [method('detect', 'path'), method('train', 'data')],
    properties: ['device'],
  };
  const verdict = matchAdapter(surface, protocol);
  assert.equal(verdict.compatible, false);
  assert.deepEqual(verdict.missing_methods, ['train']);
  assert.deepEqual(verdict.missing_properties, ['device']);
  assert.deepEqual(verdict.param_mismatches, [
    { method: 'detect', protocol_params: ['path'], surface_params: ['audio', 'threshold'] },
  ]);
  assert.match(
    verdict.reason ?? '',
    /no method train\(\).*no property device.*does not begin with/,
  );
});

test('a method may take more parameters than the protocol asks for, not fewer', () => {
  const fewer = { methods: [method('detect', 'audio', 'threshold', 'rate')], properties: [] };
  assert.equal(matchAdapter(surface, fewer).compatible, false);
});

test('parameters that were not recorded cannot disagree, and a protocol without any asks for none', () => {
  const asks = { methods: [method('reset', 'hard')], properties: [] };
  const withReset = (reset: object) =>
    matchAdapter({ ...surface, methods: [reset] } as unknown as typeof surface, asks).compatible;
  assert.equal(withReset({ name: 'reset', signature: '(hard)' }), true, 'never recorded');
  assert.equal(withReset({ name: 'reset', signature: '(...)', params: [] }), true, 'does not tell');
  assert.equal(withReset({ name: 'reset', signature: '()', params: [] }), false, 'takes nothing');
  const asksNothing = { methods: [method('detect')], properties: [] };
  assert.equal(matchAdapter(surface, asksNothing).compatible, true);
});

test('a tool without a recorded surface fits nothing, and says why', () => {
  const verdict = matchAdapter(null, { methods: [], properties: [] });
  assert.equal(verdict.compatible, false);
  assert.match(verdict.reason ?? '', /no recorded surface/);
});

const complete = { ...method('detect', 'audio'), signature: '(audio)' };

test('rule of names: every method of the protocol must exist, whatever else the tool has', () => {
  assert.equal(matchAdapter(surface, { methods: [], properties: [] }).compatible, true);
  assert.deepEqual(
    matchAdapter(surface, { methods: [method('detec')], properties: [] }).missing_methods,
    ['detec'],
  );
});

test('rule of parameters: those of the protocol must be the first of the tool, in this order', () => {
  const asks = (...params: string[]) =>
    matchAdapter(surface, { methods: [method('detect', ...params)], properties: [] });
  assert.equal(asks('audio').compatible, true);
  assert.equal(asks('audio', 'threshold').compatible, true);
  assert.equal(asks('threshold').compatible, false);
  assert.equal(asks('threshold', 'audio').compatible, false);
});

test('rule of properties: a property of the protocol must be a property, not a method or an attribute', () => {
  const tool = { ...surface, attributes: [{ name: 'rate', type: 'int' }] };
  const asks = (name: string) => matchAdapter(tool, { methods: [], properties: [name] });
  assert.equal(asks('model').compatible, true);
  assert.deepEqual(asks('rate').missing_properties, ['rate']);
  assert.deepEqual(asks('reset').missing_properties, ['reset']);
});

test('rule of annotations: neither they nor the text of a signature are ever compared', () => {
  const asks = { methods: [{ ...complete, signature: '(audio: Path) -> Never' }], properties: [] };
  assert.equal(matchAdapter(surface, asks).compatible, true);
});

test('a surface that another program recorded in part is matched by what it has', () => {
  const partial = { methods: [{ name: 'detect' }] } as unknown as typeof surface;
  assert.equal(matchAdapter(partial, { methods: [complete], properties: [] }).compatible, true);
  assert.deepEqual(
    matchAdapter({} as typeof surface, { methods: [complete], properties: ['x'] }).missing_methods,
    ['detect'],
  );
});

test('the same two manifests get the same verdict, and neither is changed by it', () => {
  const asks = { methods: [method('train')], properties: ['device'] };
  const before = JSON.stringify([surface, asks]);
  assert.deepEqual(matchAdapter(surface, asks), matchAdapter(surface, asks));
  assert.equal(JSON.stringify([surface, asks]), before);
});
