import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonSchema } from '@capstan/protocol';
import { schemaFault } from '../../../src/capabilities/config/index.ts';
import { checkConfig, effectiveConfig } from '../../../src/capabilities/index.ts';

/** The one problem that an unusable schema is. */
function problem(schema: JsonSchema, values: JsonObject = { a: 'x' }): string {
  const { problems } = checkConfig(values, schema, { lenient: false });
  assert.equal(problems.length, 1);
  return problems[0]?.message ?? '';
}

const unusable = 'the schema of its settings cannot be used: ';

test('a pattern that is no regular expression is the schema’s mistake', () => {
  const schema = { properties: { a: { type: 'string', pattern: '(' } } };
  assert.match(
    problem(schema),
    /^the schema of its settings cannot be used: .*regular expression/i,
  );
});

test('a type that is none, and a keyword of the wrong kind, are the schema’s mistakes', () => {
  assert.ok(problem({ properties: { a: { type: 'strng' } } }).startsWith(unusable));
  assert.ok(problem({ properties: { a: { minimum: 'low' } } }).startsWith(unusable));
  assert.ok(problem({ properties: ['a'] }).startsWith(unusable));
});

test('a pattern that backtracks without end is ended', { timeout: 20_000 }, () => {
  const schema = { properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
  const startedMs = performance.now();
  assert.match(problem(schema, { a: `${'a'.repeat(40)}!` }), /takes longer than 2 s/);
  assert.ok(performance.now() - startedMs < 10_000);
  // and the next check is none the worse
  assert.deepEqual(checkConfig({ a: 'aa' }, schema, { lenient: false }).problems, []);
});

test('a schema that refers to itself without end is ended', () => {
  assert.match(problem({ $ref: '#' }), /without end/);
  const pair = { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } };
  assert.match(problem({ properties: { a: { $ref: '#/$defs/a' } }, $defs: pair }), /without end/);
  const grows = {
    properties: { a: { $ref: '#/$defs/n' } },
    $defs: { n: { default: {}, properties: { n: { $ref: '#/$defs/n' } } } },
  };
  checkConfig({ a: {} }, grows, { lenient: false });
});

test('a schema that describes a tree is fine', () => {
  const tree = {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        properties: { a: {}, left: { $ref: '#/$defs/node' }, right: { $ref: '#/$defs/node' } },
      },
    },
  };
  assert.deepEqual(checkConfig({ left: { left: {} } }, tree, { lenient: false }).problems, []);
  const { problems } = checkConfig({ left: { rihgt: {} } }, tree, { lenient: false });
  assert.equal(problems[0]?.message, 'left.rihgt is an unknown setting');
  assert.equal(problems[0]?.hint, 'did you mean "right"?');
});

test('a reference to somewhere else is never followed', (t) => {
  const fetched = t.mock.method(globalThis, 'fetch');
  const told = problem({ properties: { a: { $ref: 'http://127.0.0.1:1/schema.json' } } });
  assert.match(told, /refers to http:\/\/127\.0\.0\.1:1\/schema\.json.*nothing is fetched/);
  assert.match(
    problem({ $schema: 'http://127.0.0.1:1/meta', $ref: 'file:///etc/passwd' }),
    /passwd/,
  );
  assert.equal(fetched.mock.callCount(), 0);
});

test('a schema cannot make its check asynchronous, which would let everything pass', () => {
  const { problems } = checkConfig(
    { a: 'x' },
    { $async: true, properties: { a: { type: 'integer' } } },
    { lenient: false },
  );
  assert.equal(problems[0]?.message, 'a must be a whole number, not the text "x"');
});

test('an enormous enumeration is held against in no time, and an enormous schema is refused', () => {
  const members = Array.from({ length: 20_000 }, (_, i) => `m${i}`);
  const schema = { properties: { a: { enum: members } } };
  assert.deepEqual(checkConfig({ a: 'm19999' }, schema, { lenient: false }).problems, []);
  const larger = { properties: { a: { enum: [...members, 'x'.repeat(2 ** 20)] } } };
  assert.match(problem(larger), /larger than/);
});

test('a schema nested beyond measure is refused', () => {
  let schema: JsonSchema = { type: 'string' };
  for (let i = 0; i < 20_000; i++) schema = { allOf: [schema] };
  assert.match(problem({ properties: { a: schema } }), /nested too deep|without end/);
});

test('two schemas that claim the same id do not disturb each other', () => {
  const first = { $id: 'http://a.org/s', properties: { a: { type: 'integer' } } };
  const second = { $id: 'http://a.org/s', properties: { a: { type: 'string' } } };
  assert.equal(checkConfig({ a: 1 }, first, { lenient: false }).problems.length, 0);
  assert.equal(checkConfig({ a: 1 }, second, { lenient: false }).problems.length, 1);
});

test('names that mean something to JavaScript are ordinary settings', () => {
  const values = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}') as JsonObject;
  const schema = { properties: { a: { type: 'string' } } };
  const { problems } = checkConfig(values, schema, { lenient: false });
  assert.deepEqual(
    problems.map(({ setting }) => setting),
    ['__proto__', 'constructor', 'toString'],
  );
  const dropped = checkConfig(values, schema, { lenient: true });
  assert.deepEqual(dropped.values, {});
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
});

test('a schema is judged by itself too, before anything is configured', () => {
  assert.equal(schemaFault(null), null);
  assert.equal(schemaFault({ properties: { a: { type: 'integer' } }, required: ['a'] }), null);
  assert.match(schemaFault({ properties: { a: { pattern: '[' } } }) ?? '', /regular expression/i);
});

test('what is configured can be told although the schema cannot be used', () => {
  const schema = { properties: { a: { pattern: '(', default: 'x' } } };
  const { values, sources } = effectiveConfig({ schema, declared: [{ b: 1 }], record: null });
  assert.deepEqual([values, sources], [{ b: 1 }, { b: 'capstan.yaml' }]);
});
