import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeVariables } from '../src/variables.ts';
import type { EnvironmentVariable } from '../src/index.ts';

interface Case {
  name: string;
  declared: EnvironmentVariable[];
  described: object[] | null;
  mentions?: string[];
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../protocol/fixtures/variables.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

for (const { name, declared, described, mentions = [] } of cases) {
  test(`declared variables: ${name}`, () => {
    if (described !== null) return assert.deepEqual(describeVariables(declared), described);
    assert.throws(
      () => describeVariables(declared),
      (error: Error) => {
        for (const word of mentions) assert.ok(error.message.includes(word), error.message);
        return true;
      },
    );
  });
}
