import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  BadValue,
  type Json,
  type JsonObject,
  registerWireType,
  typedValue,
  wireValue,
} from '@capstan/protocol';
import { cases } from './support.ts';

class Segment {
  start!: unknown;
  end: unknown = 0;
}
registerWireType('fixture.segment', Segment);

class Span {
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }

  toDict(): JsonObject {
    return { from: 0, to: this.length };
  }

  static fromDict({ to }: JsonObject): Span {
    return new Span(Number(to));
  }
}
registerWireType('fixture.span', Span);

const kinds = new Map<unknown, string>([
  [Segment.prototype, 'fixture.segment'],
  [Span.prototype, 'fixture.span'],
]);

/** A value as the fixtures write what code sees. */
function shown(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shown);
  const kind = kinds.get(Object.getPrototypeOf(value));
  const members = Object.entries(value).map(([name, member]) => [name, shown(member)]);
  return { ...(kind === undefined ? {} : { $kind: kind }), ...Object.fromEntries(members) };
}

for (const { name, wire, typed, leaves, refused } of cases('wire-types')) {
  test(`typed values: ${name}`, () => {
    if (refused !== undefined) {
      return assert.throws(
        () => typedValue(wire),
        (thrown) => {
          assert.ok(thrown instanceof BadValue);
          assert.equal(thrown.place, refused.place);
          for (const word of refused.mentions) assert.ok(thrown.message.includes(word));
          return true;
        },
      );
    }
    const arrived = typedValue(wire);
    assert.deepEqual(shown(arrived), typed);
    assert.deepEqual(wireValue(arrived), leaves ?? wire);
  });
}

test('only values of exactly the registered class are tagged; a subclass travels as a plain object', () => {
  class Louder extends Segment {
    volume = 11;
  }
  const sent = wireValue(Object.assign(new Louder(), { start: 1 }));
  assert.equal(JSON.stringify(sent), '{"start":1,"end":0,"volume":11}');
});

test('a class that is not registered flattens to an object, and dates are ISO 8601', () => {
  class Word {
    text = 'hello';
    at = new Date(0);
    inside = Object.assign(new Segment(), { start: 1 });
  }
  assert.deepEqual(JSON.parse(JSON.stringify(wireValue([new Word()]))), [
    {
      text: 'hello',
      at: '1970-01-01T00:00:00.000Z',
      inside: { __wire__: 'fixture.segment', data: { start: 1, end: 0 } },
    },
  ]);
});

test('a class that has a toJSON of its own is sent as that says', () => {
  class Temperature {
    kelvin = 300;

    toJSON(): Json {
      return { celsius: this.kelvin - 273 };
    }
  }
  registerWireType('fixture.temperature', Temperature, {
    fromDict: ({ celsius }) => Object.assign(new Temperature(), { kelvin: Number(celsius) + 273 }),
  });
  const sent = wireValue(new Temperature());
  assert.deepEqual(sent, { __wire__: 'fixture.temperature', data: { celsius: 27 } });
  const back = typedValue(sent);
  assert.ok(back instanceof Temperature);
  assert.equal(back.kelvin, 300);
});

test('a kind belongs to one class: another is refused, the same one may come again', () => {
  registerWireType('fixture.segment', Segment);
  assert.throws(() => registerWireType('fixture.segment', Span), /taken by Segment/);
  assert.throws(() => registerWireType('capstan.file', Span), /taken by the files/);
});

test('what can save itself to a file is replaced by that file, and file URLs by their path', () => {
  const path = `/tmp/capstan-wire-${process.pid}`;
  const large = {
    __proto__: {
      toTempFile: () => {
        writeFileSync(path, 'samples');
        return path;
      },
    },
  };
  assert.deepEqual(wireValue({ audio: large, at: pathToFileURL('/a b/c') }), {
    audio: { __wire__: 'capstan.file', data: { path } },
    at: '/a b/c',
  });
  assert.deepEqual(
    wireValue(large, (savedAt) => `${savedAt}.adopted`),
    { __wire__: 'capstan.file', data: { path: `${path}.adopted` } },
  );
});

test('a value whose conversion fails names the place', () => {
  class Broken {
    toDict(): JsonObject {
      return { n: Number.NaN };
    }
  }
  registerWireType('fixture.broken', Broken);
  assert.throws(() => wireValue({ a: [new Broken()] }), /\$\.a\[0\]\.data\.n is NaN/);
});

test('a value that holds nothing typed is not copied, and a copy keeps every member, however it is called', () => {
  const plain = { a: [{ b: 1 }], c: 'text' };
  assert.equal(typedValue(plain), plain);
  const odd = JSON.parse(
    '{"__proto__":{"__wire__":"fixture.segment","data":{"start":1}},"other":2}',
  ) as Json;
  const typed = typedValue(odd) as object;
  assert.deepEqual(Object.keys(typed), ['__proto__', 'other']);
  assert.ok(Object.getOwnPropertyDescriptor(typed, '__proto__')?.value instanceof Segment);
  assert.equal(Object.getPrototypeOf(typed), Object.prototype);
});
