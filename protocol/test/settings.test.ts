import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  formats,
  type JsonObject,
  type JsonSchema,
  withDefaults,
  withoutUnknown,
} from '@capstan/protocol';

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/configs.json', import.meta.url), 'utf8'),
) as {
  schema: JsonSchema;
  defaults: JsonObject;
  checks: { name: string; given: JsonObject; values?: JsonObject }[];
  formats: { [format: string]: { fit: string[]; unfit: string[] } };
};

test('defaults are filled in as the fixture says', () => {
  for (const { given, values } of fixture.checks) {
    if (values === undefined) continue;
    assert.deepEqual(withDefaults(given, fixture.schema), { ...fixture.defaults, ...values });
  }
});

test('what a schema does not know is found at every depth, with what it knows there', () => {
  const given = { modle: 1, decoder: { beam: 2, beams: 3 } };
  const { values, unknown } = withoutUnknown(given, fixture.schema);
  assert.deepEqual(values, { decoder: { beams: 3 } });
  assert.deepEqual(
    unknown.map(({ path }) => path),
    [['modle'], ['decoder', 'beam']],
  );
  assert.deepEqual(unknown[1]?.known, ['beams', 'lexicon']);
});

test('a schema whose defaults have no end is left at some depth', () => {
  const endless: JsonSchema = {
    $ref: '#/$defs/n',
    $defs: {
      n: {
        properties: { a: { $ref: '#/$defs/m' }, b: { $ref: '#/$defs/m' } },
      },
      m: { default: {}, $ref: '#/$defs/n' },
    },
  };
  const startedMs = performance.now();
  withDefaults({}, endless);
  assert.ok(performance.now() - startedMs < 2000);
});

test('each format knows its own', () => {
  for (const [format, { fit, unfit }] of Object.entries(fixture.formats)) {
    for (const text of fit) assert.ok(formats[format]?.(text) ?? true, `${format}: ${text}`);
    for (const text of unfit) assert.ok(!formats[format]?.(text), `no ${format}: ${text}`);
  }
});
