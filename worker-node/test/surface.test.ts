import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsOf } from '../src/fields.ts';
import { surfaceOf } from '../src/surface.ts';

class Base {
  readonly rate = 16_000;
  inherited(audio: string): string {
    return audio;
  }
  get ready(): boolean {
    return true;
  }
}

class Tool extends Base {
  readonly #secret = 1;
  transcribe(audio: string, { words = true } = {}, ...rest: string[]): unknown {
    return [audio, words, rest, this.#secret];
  }
  override inherited(audio: string, language = 'a,b'): string {
    return audio + language;
  }
  _private(): void {}
}

test('a function in a field is a method, and what came into fields later is not there', () => {
  class Later {
    readonly greet = (who: string): string => who;
    model: object | undefined;
  }
  const tool = new Later();
  const fields = fieldsOf(tool);
  Object.assign(tool, { model: {}, cache: [], helper: () => {} });
  assert.deepEqual(surfaceOf(tool, fields), {
    methods: [{ name: 'greet', signature: '(who)', params: ['who'] }],
    properties: [],
    attributes: [{ name: 'model', type: 'undefined' }],
  });
});

test('a method that does not tell its parameters is recorded without any', () => {
  assert.deepEqual(surfaceOf({ count: Math.max }).methods, [
    { name: 'count', signature: '(...)', params: [] },
  ]);
});

test('a surface lists public members by name, inherited ones included', () => {
  assert.deepEqual(surfaceOf(new Tool()), {
    methods: [
      { name: 'inherited', signature: '(audio, language)', params: ['audio', 'language'] },
      {
        name: 'transcribe',
        signature: '(audio, argument2, rest)',
        params: ['audio', 'argument2', 'rest'],
      },
    ],
    properties: ['ready'],
    attributes: [{ name: 'rate', type: 'number' }],
  });
});
