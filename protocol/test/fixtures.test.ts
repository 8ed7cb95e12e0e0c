import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BadFrames,
  BadValue,
  expandFiles,
  FrameDecoder,
  formatLogRecord,
  formatReadyLine,
  formatStartError,
  formatStartLine,
  type JsonObject,
  negotiate,
  parseFrame,
  parseLogRecord,
  parseReadyLine,
  parseStartLine,
  readEnvelope,
  readWireError,
  wireError,
  wireValue,
} from '@capstan/protocol';
import { cases, fixtureNames, isValid, special } from './support.ts';

function mentionsAll(text: string, words: readonly string[] = []): void {
  for (const word of words) assert.ok(text.includes(word), `${text}\nshould mention ${word}`);
}

for (const { name, line, value, valid, expect } of cases('start-lines')) {
  test(`start line: ${name}`, () => {
    const parsed = parseStartLine(line);
    assert.equal(parsed.kind, expect.kind);
    if (parsed.kind === 'start') {
      assert.equal(parsed.start.module, expect.module);
      assert.deepEqual(parseStartLine(formatStartLine(parsed.start).trimEnd()), parsed);
    } else {
      assert.equal(parsed.error.code, expect.code);
      mentionsAll(parsed.error.message, expect.mentions);
    }
    if (value !== undefined) assert.equal(isValid('start-line', value), valid);
  });
}

for (const { host, worker, agreed, mentions } of cases('negotiation')) {
  test(`versions: a host of ${host} and a worker of ${worker}`, () => {
    const outcome = negotiate(host, worker);
    if (outcome.kind === 'agreed') assert.equal(outcome.version, agreed);
    else {
      assert.equal(agreed, null);
      mentionsAll(outcome.message, mentions);
    }
  });
}

for (const { name, line, valid, expect } of cases('ready-lines')) {
  test(`ready line: ${name}`, () => {
    const ready = parseReadyLine(line);
    if (valid !== undefined) assert.equal(isValid('ready-line', line), valid);
    if (expect === null) return assert.equal(ready, null);
    assert.equal(ready?.kind, expect.kind);
    if (ready?.kind === 'ready') {
      assert.equal(ready.address, expect.address);
      assert.deepEqual(parseReadyLine(formatReadyLine(ready.address)), ready);
    }
    if (ready?.kind === 'error') {
      assert.equal(ready.error.code, expect.code);
      assert.deepEqual(parseReadyLine(formatStartError(ready.error)), ready);
    }
    if (ready?.kind === 'malformed') mentionsAll(ready.message, expect.mentions);
  });
}

for (const { name, frame, valid, skipped } of cases('frames')) {
  test(`frame: ${name}`, () => {
    assert.equal(isValid('frame', frame), valid);
    const line = JSON.stringify(frame);
    if (valid) assert.deepEqual(parseFrame(line), frame);
    else if (skipped) assert.equal(parseFrame(line), null);
    else assert.throws(() => parseFrame(line), BadFrames);
  });
}

for (const { name, pieces, events, ended, error, maxCharacters } of cases('streams')) {
  test(`stream: ${name}`, () => {
    const decoder = new FrameDecoder(maxCharacters);
    const seen: string[] = [];
    const read = () => {
      for (const piece of pieces) {
        const bytes =
          typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece.hex, 'hex');
        for (const frame of decoder.push(bytes)) seen.push(frame.event);
      }
    };
    if (error !== undefined) {
      return assert.throws(read, (thrown) => {
        assert.ok(thrown instanceof BadFrames);
        mentionsAll(thrown.message, error);
        return true;
      });
    }
    read();
    assert.deepEqual(seen, events);
    assert.equal(decoder.ended, ended);
  });
}

for (const { name, value, place, becomes, refused, mentions } of cases('values')) {
  test(`value: ${name}`, () => {
    const built = special(value);
    if (place === undefined && !refused) {
      return assert.deepEqual(wireValue(built), becomes ?? value);
    }
    assert.throws(
      () => wireValue(built),
      (thrown) => {
        assert.ok(thrown instanceof BadValue);
        if (place !== undefined) assert.equal(thrown.place, place);
        mentionsAll(thrown.message, mentions);
        return true;
      },
    );
  });
}

for (const { name, value, valid, reads } of cases('errors')) {
  test(`error: ${name}`, () => {
    assert.equal(isValid('wire-error', value), valid);
    assert.deepEqual(readWireError(value), valid ? (reads ?? value) : null);
  });
}

for (const { name, value, valid, reads } of cases('envelopes')) {
  test(`envelope: ${name}`, () => {
    assert.equal(isValid('envelope', value), valid);
    assert.deepEqual(readEnvelope(value), reads);
  });
}

for (const { name, line, record } of cases('log-records')) {
  test(`log record: ${name}`, () => {
    const parsed = parseLogRecord(line);
    assert.deepEqual(parsed, record);
    if (parsed === null) return;
    assert.ok(isValid('log-record', parsed));
    assert.deepEqual(parseLogRecord(formatLogRecord(parsed).trimEnd()), parsed);
  });
}

for (const { name, schema, value, valid } of cases('requests')) {
  test(`message: ${name}`, () => assert.equal(isValid(schema, value), valid));
}

for (const { name, schema, expanded } of cases('schemas')) {
  test(`file shorthand: ${name}`, () =>
    assert.deepEqual(expandFiles(schema as JsonObject), expanded));
}

test('an error is retriable when its category says that others caused it', () => {
  const draft = { code: 'X', message: 'x' };
  assert.equal(wireError({ ...draft, category: 'transient' }).retriable, true);
  assert.equal(wireError({ ...draft, category: 'fatal' }).retriable, false);
  assert.ok(isValid('wire-error', wireError({ ...draft, category: 'input' })));
});

test('what is not plain JSON is named, and dates travel as text', () => {
  assert.throws(() => wireValue({ a: [1n] }), /\$\.a\[0\] is the bigint 1/);
  assert.throws(() => wireValue({ a: new Map() }), /\$\.a is a Map/);
  assert.throws(() => wireValue([undefined]), /\$\[0\] is undefined/);
  const circular: unknown[] = [];
  circular.push(circular);
  assert.throws(() => wireValue(circular), /nested deeper/);
  assert.deepEqual(wireValue({ at: new Date(0), none: undefined }), {
    at: '1970-01-01T00:00:00.000Z',
  });
  assert.equal(wireValue(undefined), null);
});

test('a value that needs no change is not copied', () => {
  const value = { a: [{ b: 1 }] };
  assert.equal(wireValue(value), value);
});

test('every fixture file is read by a test here', () => {
  assert.deepEqual(fixtureNames(), [
    'configs',
    'envelopes',
    'errors',
    'frames',
    'log-records',
    'negotiation',
    'ready-lines',
    'requests',
    'schemas',
    'start-lines',
    'streams',
    'values',
    'variables',
    'wire-types',
  ]);
});
