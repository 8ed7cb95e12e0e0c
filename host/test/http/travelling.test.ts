import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registerWireType } from '@capstan/protocol';
import { travelling } from '../../src/http/client/travelling.ts';

class Segment {
  start = 1;
}
registerWireType('test.travelling', Segment);

test('a request to a resident host carries values of registered classes and dates as they travel', () => {
  const input = { segment: new Segment(), at: new Date(0), none: undefined };
  assert.deepEqual(travelling({ capability: 'a', action: 'b', input }), {
    capability: 'a',
    action: 'b',
    input: {
      segment: { __wire__: 'test.travelling', data: { start: 1 } },
      at: '1970-01-01T00:00:00.000Z',
    },
  });
});

test('an argument that cannot travel is refused by its place before anything is sent', () => {
  const input = { list: [1, Number.NaN] };
  assert.throws(() => travelling({ capability: 'a', action: 'b', input }), {
    code: 'INPUT_INVALID',
    message: /^argument list\[1\] is NaN/,
  });
});
