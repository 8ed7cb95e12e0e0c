import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Context, defineCapability, InputError, type InputFile } from '@capstan/worker';

const partsOf = async (stream: AsyncIterable<unknown>): Promise<unknown[]> => {
  const parts: unknown[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
};

const context = {} as unknown as Context;

const greeter = defineCapability({
  name: 'greeter',
  version: '1.0.0',
  config: { loud: { type: 'boolean', default: false, title: 'Loud' } },
  actions: {
    greet: {
      description: 'Says hello.',
      input: {
        who: { type: 'string' },
        times: { type: 'integer', default: 1, minimum: 1 },
        mood: { enum: ['glad', 'sad'], default: 'glad' },
        card: { type: 'file', optional: true },
      },
      effects: 'pure',
      run: ({ who, times, mood, card }) => {
        // the table decides the types: each of these lines fails to compile when it does not
        const text: string = who.repeat(times);
        const known: 'glad' | 'sad' = mood;
        const file: InputFile | undefined = card;
        return `${text} ${known} ${file?.name ?? 'no card'}`;
      },
    },
    letters: {
      input: { text: { type: 'string' } },
      async *run({ text }) {
        yield* text;
      },
    },
  },
});

test('an action receives what its table declares, with defaults filled in', async () => {
  const result = await greeter.execute({ action: 'greet', who: 'ab', times: 2 }, context);
  assert.equal(result, 'abab glad no card');
});

test('every wrong input is named at once, with the nearest known name', async () => {
  await assert.rejects(
    async () => greeter.execute({ action: 'greet', woh: 'x', times: 0, mood: 'odd' }, context),
    (error) => {
      assert.ok(error instanceof InputError);
      assert.deepEqual(error.fields, ['who', 'times', 'mood', 'woh']);
      assert.match(error.message, /who is missing/);
      assert.match(error.message, /times must be at least 1, not 0/);
      assert.match(error.message, /mood must be one of "glad", "sad", not "odd"/);
      assert.match(error.message, /woh is unknown; did you mean "who"\?/);
      return true;
    },
  );
});

test('an unknown action is refused with the nearest one', async () => {
  await assert.rejects(
    async () => greeter.execute({ action: 'great' }, context),
    /there is no action "great"; did you mean "greet"\?/,
  );
  await assert.rejects(async () => greeter.execute({}, context), /known are greet, letters/);
  await assert.rejects(async () => greeter.execute({ action: 'toString' }, context), InputError);
});

test('an action that yields is a stream, or the list of its parts', async () => {
  const kwargs = { action: 'letters', text: 'abc' };
  assert.deepEqual(await greeter.execute(kwargs, context), ['a', 'b', 'c']);
  assert.deepEqual(await partsOf(greeter.executeStream(kwargs, context)), ['a', 'b', 'c']);
  const single = greeter.executeStream({ action: 'greet', who: 'x' }, context);
  assert.deepEqual(await partsOf(single), ['x glad no card']);
});

test('the configuration table becomes a schema that requires nothing', () => {
  assert.deepEqual(greeter.getConfigSchema(), {
    name: 'Config',
    title: 'Config',
    description: '',
    type: 'object',
    properties: { loud: { type: 'boolean', default: false, title: 'Loud' } },
  });
});
