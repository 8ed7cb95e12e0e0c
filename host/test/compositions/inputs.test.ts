import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Json, JsonObject, JsonSchema } from '@capstan/protocol';
import { readConstantFiles } from '../../src/compositions/constants.ts';
import { bindRunInputs } from '../../src/compositions/inputs.ts';
import { parseComposition, readComposition } from '../../src/compositions/parse.ts';
import { HostError } from '../../src/errors.ts';
import { catalog } from './catalog.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-inputs-'));
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'talk.wav'), 'RIFF');
  writeFileSync(join(folder, 'sub', 'a.TXT'), '');
  writeFileSync(join(folder, 'secret'), 's');
  chmodSync(join(folder, 'secret'), 0);
  symlinkSync(join(folder, 'talk.wav'), join(folder, 'link.wav'));
});
after(() => rmSync(folder, { recursive: true }));

const fileIn = (name: string, content: string, mediaType?: string): Json => ({
  __wire__: 'capstan.file',
  data: {
    path: join(folder, name),
    sha256: createHash('sha256').update(content).digest('hex'),
    size: content.length,
    ...(mediaType === undefined ? {} : { mediaType }),
  },
});

const bindInputs = (
  inputs: { [name: string]: JsonSchema },
  given: JsonObject,
): Promise<JsonObject> =>
  bindRunInputs(readComposition({ name: 'c', inputs, nodes: {} }), given, { cwd: folder });

const read: [schema: JsonSchema, given: Json, value: Json][] = [
  [{ type: 'string' }, '42', '42'],
  [{ type: 'string' }, '', ''],
  [{ type: 'integer' }, '42', 42],
  [{ type: 'integer' }, ' -3 ', -3],
  [{ type: 'number' }, '1e3', 1000],
  [{ type: 'number' }, '.5', 0.5],
  [{ type: 'number' }, 2.5, 2.5],
  [{ type: 'boolean' }, 'true', true],
  [{ type: 'boolean' }, 'false', false],
  [{ type: ['integer', 'null'] }, 'null', null],
  [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, '42', '42'],
  [{ type: 'array', items: { type: 'integer' } }, '[1, 2]', [1, 2]],
  [{ type: 'array', items: { type: 'string' } }, ['a', 'b'], ['a', 'b']],
  [{ type: 'object' }, '{"a": {"b": null}}', { a: { b: null } }],
  [{}, '42', '42'],
  [{}, null, null],
  [{ default: 3 }, null, null],
  [{ enum: ['fast', 'good'] }, 'fast', 'fast'],
];
for (const [schema, given, value] of read) {
  test(`${JSON.stringify(given)} as ${JSON.stringify(schema)} is ${JSON.stringify(value)}`, async () => {
    assert.deepEqual(await bindInputs({ x: schema }, { x: given }), { x: value });
  });
}

const refused: [schema: JsonSchema, given: Json, message: string][] = [
  [
    { type: 'integer' },
    'ten',
    'input "x" must be a whole number, and is "ten"\n    expected a whole number',
  ],
  [
    { type: 'integer' },
    '1.5',
    'input "x" must be a whole number, and is "1.5"\n    expected a whole number',
  ],
  [
    { type: 'integer' },
    '0x10',
    'input "x" must be a whole number, and is "0x10"\n    expected a whole number',
  ],
  [{ type: 'number' }, '', 'input "x" must be a number, and is ""\n    expected a number'],
  [
    { type: 'boolean' },
    'yes',
    'input "x" must be true or false, and is "yes"\n    expected true or false',
  ],
  [{ type: 'array' }, 'a,b', 'input "x" must be a list, and is "a,b"\n    expected a list'],
  [
    { type: 'array', items: { type: 'number' } },
    '[1, "b"]',
    'input "x" at [1] must be a number\n    expected a list of numbers',
  ],
  [
    { enum: ['a', 'b'] },
    'c',
    'input "x" must be one of "a", "b", and is "c"\n    expected one of "a", "b"',
  ],
  [
    { type: 'number', maximum: 1 },
    '2',
    'input "x" must be <= 1, and is "2"\n    expected a number',
  ],
  [
    { type: 'number' },
    '1e400',
    'input "x" must be a number, and is "1e400"\n    expected a number',
  ],
  [
    { type: 'integer' },
    '12345678901234567890',
    'input "x" must be a whole number, and is "12345678901234567890"\n    expected a whole number',
  ],
  [
    { type: 'number', default: 3 },
    null,
    'input "x" must be a number, and is null\n    expected a number',
  ],
];
for (const [schema, given, message] of refused) {
  test(`${JSON.stringify(given)} as ${JSON.stringify(schema)} is refused with the expected form`, async () => {
    await assert.rejects(bindInputs({ x: schema }, { x: given }), {
      code: 'INPUT_INVALID',
      message,
    });
  });
}

test('a path becomes a file: absolute, hashed, measured, with the media type of its ending', async () => {
  const inputs = { a: { type: 'file' }, b: { type: 'file' }, c: { type: 'file' } };
  const given = { a: 'talk.wav', b: join(folder, 'sub', 'a.TXT'), c: './link.wav' };
  assert.deepEqual(await bindInputs(inputs, given), {
    a: fileIn('talk.wav', 'RIFF', 'audio/wav'),
    b: fileIn('sub/a.TXT', '', 'text/plain'),
    c: fileIn('link.wav', 'RIFF', 'audio/wav'),
  });
});

test('files inside lists and mappings are found by the schema', async () => {
  const inputs = {
    clips: { type: 'array', items: { type: 'file' } },
    pair: { type: 'object', properties: { left: { type: 'file' }, note: { type: 'string' } } },
  };
  const given = { clips: '["talk.wav"]', pair: { left: 'talk.wav', note: 'talk.wav' } };
  const wav = fileIn('talk.wav', 'RIFF', 'audio/wav');
  assert.deepEqual(await bindInputs(inputs, given), {
    clips: [wav],
    pair: { left: wav, note: 'talk.wav' },
  });
});

test('a file given as a value is read again, and refused when its content is another', async () => {
  const path = join(folder, 'talk.wav');
  const tagged = (sha256: string): Json => ({ __wire__: 'capstan.file', data: { path, sha256 } });
  const schema = { x: { type: 'file' } };
  await assert.rejects(bindInputs(schema, { x: tagged('00') }), {
    code: 'INPUT_INVALID',
    message: /no longer what it was/,
  });
  const wav = fileIn('talk.wav', 'RIFF', 'audio/wav');
  assert.deepEqual(await bindInputs(schema, { x: wav }), { x: wav });
});

async function refusal(
  inputs: { [name: string]: JsonSchema },
  given: JsonObject,
): Promise<HostError> {
  try {
    await bindInputs(inputs, given);
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  return assert.fail('the inputs were accepted');
}

async function reasonFor(x: string): Promise<string> {
  const { message } = await refusal({ x: { type: 'file' } }, { x });
  return message.replaceAll(folder, '…');
}

test('what is no readable regular file is refused, each with its reason', async () => {
  assert.equal(
    await reasonFor('nope.wav'),
    'input "x": there is no file at …/nope.wav\n    expected the path of a file',
  );
  assert.equal(
    await reasonFor('sub'),
    'input "x": …/sub is a folder, not a file\n    expected the path of a file',
  );
  assert.equal(
    await reasonFor(''),
    'input "x": the path is empty\n    expected the path of a file',
  );
  assert.equal(
    await reasonFor('/dev/null'),
    'input "x": /dev/null is not a regular file\n    expected the path of a file',
  );
  assert.equal(
    await reasonFor('talk.wav/x'),
    'input "x": there is no file at …/talk.wav/x\n    expected the path of a file',
  );
  if (process.getuid?.() !== 0) {
    assert.match(await reasonFor('secret'), /may not be read by this user/);
  }
});

test('missing and unknown inputs are told together, with what to type', async () => {
  const inputs = {
    audio: { type: 'file', description: 'the talk' },
    lang: { type: 'string', default: 'en' },
  };
  const error = await refusal(inputs, { audoi: 'talk.wav', lang: 'de' });
  assert.equal(
    error.message,
    [
      'there is no input "audoi"',
      '    did you mean "audio"? inputs: audio, lang',
      'input "audio" is missing',
      '    expected the path of a file (the talk)',
      '    --input audio=…',
    ].join('\n'),
  );
});

test('defaults fill in what is not given; the path of a default is relative to the composition', async () => {
  const composition = parseComposition(
    'name: c\ninputs: { a: { type: file, default: a.TXT }, n: { type: [integer, "null"], default: null } }\nnodes: {}\n',
    'c.yaml',
  );
  const bound = await bindRunInputs(composition, {}, { cwd: folder, folder: join(folder, 'sub') });
  assert.deepEqual(bound, { a: fileIn('sub/a.TXT', '', 'text/plain'), n: null });
});

test('paths that nodes give as constants become files, and references stay what they are', async () => {
  const composition = readComposition({
    name: 'c',
    nodes: {
      p: { use: 'ffmpeg', action: 'probe', with: { audio: 'talk.wav' } },
      t: {
        use: 'text',
        action: 'summarise',
        with: { prompt: 'talk.wav', files: ['talk.wav', '${{ nodes.p.output }}'] },
      },
    },
  });
  const { nodes } = await readConstantFiles(composition, catalog, folder);
  const wav = fileIn('talk.wav', 'RIFF', 'audio/wav');
  assert.deepEqual(nodes['p']?.with, { audio: wav });
  assert.deepEqual(nodes['t']?.with, { prompt: 'talk.wav', files: [wav, '${{ nodes.p.output }}'] });
  await assert.rejects(readConstantFiles(composition, catalog, join(folder, 'sub')), {
    code: 'INPUT_INVALID',
    message: /nodes\.p\.with\.audio: there is no file at .*\/sub\/talk\.wav/,
  });
});
