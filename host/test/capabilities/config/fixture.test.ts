import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { JsonObject, JsonSchema } from '@capstan/protocol';
import { checkConfig } from '../../../src/capabilities/index.ts';

const fixture = JSON.parse(
  readFileSync(new URL('../../../../protocol/fixtures/configs.json', import.meta.url), 'utf8'),
) as {
  schema: JsonSchema;
  defaults: JsonObject;
  checks: { name: string; given: JsonObject; values?: JsonObject; fields?: string[] }[];
  formats: { [format: string]: { fit: string[]; unfit: string[] } };
};

for (const { name, given, values: expected, fields } of fixture.checks) {
  test(`the host checks settings as every SDK does: ${name}`, () => {
    const { values, problems } = checkConfig(given, fixture.schema, { lenient: false });
    const found = new Set(problems.map(({ path }) => String(path[0])));
    assert.deepEqual([...found].toSorted(), (fields ?? []).toSorted());
    if (fields === undefined) assert.deepEqual(values, { ...fixture.defaults, ...expected });
  });
}

test('the host tells formats as every SDK does', () => {
  for (const [format, { fit, unfit }] of Object.entries(fixture.formats)) {
    const schema = { properties: { a: { type: 'string', format } } };
    const fits = (text: string) =>
      checkConfig({ a: text }, schema, { lenient: false }).problems.length === 0;
    for (const text of fit) assert.ok(fits(text), `${format}: ${text}`);
    for (const text of unfit) assert.ok(!fits(text), `no ${format}: ${text}`);
  }
});
