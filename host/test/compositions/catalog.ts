import type { ActionDescription, JsonObject, JsonSchema } from '@capstan/protocol';
import type { Catalog } from '../../src/compositions/composition.ts';

export const file = { $ref: 'capstan:file' };

/** An action from the types of its inputs; those whose name ends in `?` are optional. */
export function action(
  inputs: { [name: string]: JsonSchema },
  output: JsonSchema | null = null,
  more: Partial<ActionDescription> = {},
): ActionDescription {
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const [name, schema] of Object.entries(inputs)) {
    properties[name.replace('?', '')] = schema;
    if (!name.endsWith('?')) required.push(name);
  }
  const input = { type: 'object', properties, required, additionalProperties: false };
  return { description: '', input, output, effects: 'idempotent', ...more };
}

const segment: JsonSchema = {
  type: 'object',
  properties: { start: { type: 'number' }, end: { type: 'number' }, label: { type: 'string' } },
  required: ['start', 'end'],
};

/** A workspace with tools of every kind a composition can meet. */
export const catalog: Catalog = {
  capabilities: {
    ffmpeg: {
      installed: true,
      actions: {
        convert: action(
          { audio: file, 'rate?': { type: 'integer' }, 'format?': { enum: ['wav', 'flac'] } },
          file,
        ),
        probe: action(
          { audio: file },
          {
            type: 'object',
            properties: {
              duration: { type: 'number' },
              channels: { type: 'integer' },
              tags: { type: 'object', additionalProperties: { type: 'string' } },
              formats: { type: 'array', items: { type: 'string' } },
            },
          },
        ),
      },
      tasks: {},
    },
    vad: {
      installed: true,
      actions: {},
      tasks: {
        'voice-activity': {
          detect: action(
            { audio: file, 'threshold?': { type: 'number', minimum: 0, maximum: 1 } },
            {
              type: 'object',
              properties: { segments: { type: 'array', items: { $ref: '#/$defs/segment' } } },
              required: ['segments'],
              $defs: { segment },
            },
          ),
        },
      },
    },
    text: {
      installed: true,
      actions: {
        summarise: action(
          {
            prompt: { type: 'string' },
            'limit?': { type: 'integer' },
            'files?': { type: 'array', items: file },
          },
          { type: 'string' },
        ),
        anything: action({ 'value?': {} }, null),
        segments: action({ segments: { type: 'array', items: segment } }, { type: 'object' }),
        numbers: action(
          { values: { type: 'array', items: { type: 'number' } } },
          { type: ['string', 'null'] },
        ),
      },
      tasks: {},
    },
    whisper: { installed: false, actions: {}, tasks: {} },
  },
};
