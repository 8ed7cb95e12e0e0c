import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkConfig,
  confidentialProblems,
  maskedConfig,
  passwordsIn,
} from '../../../src/capabilities/index.ts';

const schema = {
  properties: {
    user: { type: 'string' },
    password: { type: 'string', format: 'password', minLength: 30 },
    service: { properties: { key: { type: 'string', writeOnly: true } } },
  },
};

test('a setting declared as a password is refused where it would be recorded, with what to do instead', () => {
  const found = confidentialProblems({ user: 'ada', password: 'x', service: { key: 'k' } }, schema);
  assert.deepEqual(
    found.map(({ setting }) => setting),
    ['password', 'service.key'],
  );
  assert.match(found[0]?.hint ?? '', /capstan secret set/);
});

test('a password is shown masked', () => {
  assert.deepEqual(maskedConfig({ user: 'ada', password: 'x', service: { key: 'k' } }, schema), {
    user: 'ada',
    password: '********',
    service: { key: '********' },
  });
});

test('the passwords among the values are known by their settings', () => {
  assert.deepEqual(passwordsIn({ user: 'ada', password: 'x', service: { key: 'k' } }, schema), {
    password: 'x',
    'service.key': 'k',
  });
  assert.deepEqual(passwordsIn({ password: '' }, schema), {});
  assert.deepEqual(passwordsIn({ password: 'x' }, undefined), {});
});

test('that there is no password is shown, and may be recorded', () => {
  const none = { password: '', service: { key: null } };
  assert.deepEqual(maskedConfig(none, schema), none);
  assert.deepEqual(confidentialProblems(none, schema), []);
});

test('a password that does not fit is not repeated in the message', () => {
  const { problems } = checkConfig({ password: 'hunter2' }, schema, { lenient: false });
  assert.equal(
    problems[0]?.message,
    'password must have at least 30 characters, not the text given',
  );
});
