import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineAdapter, defineCapability, InputError, needed } from '@capstan/worker';
import { asTool } from '../src/tool-methods.ts';
import { surfaceOf } from '../src/surface.ts';

class Counter {
  count(text: string, most?: number): string[] {
    return needed(text, most);
  }
}

const words = () =>
  defineCapability({
    name: 'words',
    version: '1.0.0',
    actions: {
      count: {
        input: { text: { type: 'string' }, most: { type: 'integer', default: 2, minimum: 1 } },
        run: ({ text, most }) => text.split(' ').slice(0, most),
      },
      initialize: { input: {}, run: () => 'the action' },
    },
  });

const Counting = defineAdapter({
  task: 'counting',
  needs: Counter,
  methods: {
    first: {
      input: { text: { type: 'string' } },
      run: ({ text }, tool) => {
        // the protocol decides the types: each of these lines fails to compile when it does not
        const found: string[] = tool.count(text, 1);
        return found[0];
      },
    },
  },
});

test('an adapter calls the actions of a tool as methods, with defaults and checks', () => {
  const tool = asTool(words());
  const adapter = new Counting(tool) as { first(input: object, context: object): unknown };
  assert.equal(adapter.first({ text: 'a b c' }, {}), 'a');
  const counter = tool as unknown as Counter;
  assert.deepEqual(counter.count('a b c'), ['a', 'b']);
  assert.throws(() => counter.count('a', 0), InputError);
});

test('a method that the capability has already is not replaced by an action of that name', () => {
  const tool = asTool(words());
  assert.equal(tool.initialize({}, {} as never), undefined);
});

test('the surface is the same before and after adapters were bound', () => {
  const tool = words();
  const before = surfaceOf(tool);
  asTool(tool);
  asTool(tool);
  assert.deepEqual(surfaceOf(tool), before);
  assert.ok(before.methods.some(({ name }) => name === 'count'));
});

test('a member of a protocol class is never run for its own sake', () => {
  assert.throws(() => new Counter().count('x'), /the tool has the real one/);
});
