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

test('parameters that one side did not record cannot disagree', () => {
  const asks = { methods: [method('reset', 'hard')], properties: [] };
  assert.equal(matchAdapter(surface, asks).compatible, true);
  const asksNothing = { methods: [method('detect')], properties: [] };
  assert.equal(matchAdapter(surface, asksNothing).compatible, true);
});

test('a tool without a recorded surface fits nothing, and says why', () => {
  const verdict = matchAdapter(null, { methods: [], properties: [] });
  assert.equal(verdict.compatible, false);
  assert.match(verdict.reason ?? '', /no recorded surface/);
});
