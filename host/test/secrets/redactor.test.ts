import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { Redactor } from '../../src/secrets/index.ts';

const secret = `pä$$ "wörd"/+%\\&'<k>~1`;
const redactor = new Redactor({ TOKEN: secret });
const utf8 = Buffer.from(secret, 'utf8');

const percentAll = (bytes: Buffer): string =>
  Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** The name of a way to write a secret, and how it looks that way. */
const writings: { [name: string]: string } = {
  'as it is': secret,
  'in base64': utf8.toString('base64'),
  'in base64 without its padding': utf8.toString('base64').replace(/=+$/, ''),
  'in base64 for URLs': utf8.toString('base64url'),
  'in base64 after one other byte': Buffer.concat([Buffer.from(':'), utf8]).toString('base64'),
  'in base64 after two other bytes': Buffer.concat([Buffer.from('u:'), utf8]).toString('base64'),
  'in base64 between others': Buffer.from(`user:${secret}@host`).toString('base64'),
  'in base64 for URLs between others': Buffer.from(`id:${secret}!`).toString('base64url'),
  'in lower-case hex': utf8.toString('hex'),
  'in upper-case hex': utf8.toString('hex').toUpperCase(),
  'in hex with spaces': (utf8.toString('hex').match(/../g) ?? []).join(' '),
  'in hex with colons': (utf8.toString('hex').match(/../g) ?? []).join(':').toUpperCase(),
  'as a list of bytes': Array.from(utf8).join(', '),
  'as a part of a URL': encodeURIComponent(secret),
  'as a URL': encodeURI(secret),
  'as the body of a form': new URLSearchParams({ a: secret }).toString().slice(2),
  'with every byte percent-encoded': percentAll(utf8),
  'with every byte percent-encoded in capitals': percentAll(utf8).toUpperCase(),
  'percent-encoded twice': encodeURIComponent(encodeURIComponent(secret)),
  'as a string of JSON': JSON.stringify(secret).slice(1, -1),
  'as a string of JSON in ASCII': JSON.stringify(secret)
    .slice(1, -1)
    .replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'as a string of JSON with its slashes escaped': JSON.stringify(secret)
    .slice(1, -1)
    .replaceAll('/', '\\/'),
  'as JSON in JSON': JSON.stringify(JSON.stringify(secret)),
  'as JSON in JSON in JSON': JSON.stringify(JSON.stringify({ a: JSON.stringify(secret) })),
  'with every character as an escape': Array.from(
    secret,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ).join(''),
  'quoted for a shell': `'${secret.replaceAll("'", `'\\''`)}'`,
  'quoted for a shell as Python does': `'${secret.replaceAll("'", `'"'"'`)}'`,
  'with entities of HTML': secret
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;'),
};

for (const [name, written] of Object.entries(writings)) {
  test(`a secret is taken out of a text ${name}`, () => {
    const shown = redactor.text(`before ${written} after`);
    assert.match(shown, /^before .*\[secret TOKEN\].* after$/s);
    for (const trace of [secret, 'wörd', 'w%C3%B6rd', written.slice(6, -6)]) {
      assert.ok(!shown.includes(trace), `${trace} is still in ${shown}`);
    }
  });
}

const isPythonHere = (() => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test('what Python and bash make of a secret is taken out too', { skip: !isPythonHere }, () => {
  const program = `
import json, shlex, subprocess, sys, urllib.parse, base64, pprint
s = sys.stdin.read()
b = s.encode()
print(repr(s)); print(repr(b)); print(ascii(s)); print([s]); print({"k": b})
print(json.dumps(s)); print(json.dumps({"a": repr(s)})); print(json.dumps(repr(json.dumps(s))))
print(shlex.quote(s)); print(urllib.parse.quote(s)); print(urllib.parse.quote_plus(s)); print(urllib.parse.quote(s, safe=""))
print(base64.b64encode(b)); print(b.hex()); print(b.hex(":")); print(list(b))
print(s.encode("unicode_escape").decode()); print(s.encode("ascii", "backslashreplace").decode())
print(s.encode("ascii", "xmlcharrefreplace").decode())
print(subprocess.run(["bash", "-c", 'printf "%q\\n" "$1"', "-", s], capture_output=True, text=True).stdout, end="")
print(subprocess.run(["bash", "-c", 'LC_ALL=C printf "%q\\n" "$1"', "-", s], capture_output=True, text=True).stdout, end="")
`;
  const printed = execFileSync('python3', ['-c', program], { input: secret, encoding: 'utf8' });
  const lines = printed.trim().split('\n');
  assert.ok(lines.length >= 20);
  for (const line of lines) {
    assert.match(redactor.text(line), /\[secret TOKEN\]/, line);
    assert.doesNotMatch(redactor.text(line), /w(ö|\\xf6|\\u00f6|%C3%B6|\\303\\266)rd/, line);
  }
});

test('a secret is found at each of the three places of base64, whatever stands around it', () => {
  const plain = 'sk-live-0123456789';
  const taker = new Redactor({ KEY: plain });
  for (let before = 0; before < 12; before++) {
    for (let after = 0; after < 6; after++) {
      const text = Buffer.from('x'.repeat(before) + plain + 'y'.repeat(after)).toString('base64');
      const shown = taker.text(text);
      assert.match(shown, /\[secret KEY\]/, `${before} before, ${after} after`);
      // What is left around it carries at most some bits of its first and last byte.
      const rest = shown.split('[secret KEY]').join('');
      assert.ok(rest.length <= Math.ceil(((before + after) * 4) / 3) + 6, shown);
    }
  }
});

test('secrets that overlap in a text are taken out whole', () => {
  const two = new Redactor({ A: 'abcdefgh', B: 'efghijkl' });
  assert.equal(two.text('-abcdefghijkl-'), '-[secret A]-');
  assert.equal(two.text('abcdefgh efghijkl'), '[secret A] [secret B]');
  const inside = new Redactor({ LONG: 'one-two-three', SHORT: 'two-' });
  assert.equal(inside.text('one-two-three two-'), '[secret LONG] [secret SHORT]');
});

test('each line of a secret of several lines is a secret', () => {
  const pem = `-----BEGIN KEY-----\n${'MIIabc123'.repeat(7)}\n${'Zz9yX8w7'.repeat(8)}\n-----END KEY-----\n`;
  const taker = new Redactor({ PEM: pem });
  assert.equal(taker.text(pem), '[secret PEM]');
  assert.equal(taker.text(`2: ${'Zz9yX8w7'.repeat(8)}`), '2: [secret PEM]');
  assert.equal(taker.text(pem.trim()), '[secret PEM]');
  assert.equal(taker.text(JSON.stringify({ pem })), '{"pem":"[secret PEM]"}');
  assert.equal(taker.text('-----BEGIN KEY-----'), '-----BEGIN KEY-----');
});

test('the first 64 characters of a longer secret are taken out even where the rest is missing', () => {
  const long = Array.from({ length: 40 }, (_, n) => `part${n}`).join('-');
  const taker = new Redactor({ LONG: long });
  assert.equal(taker.text(`${long}!`), '[secret LONG]!');
  assert.equal(taker.text(`${long.slice(0, 100)}…`), '[secret LONG]…');
});

test('the beginning of a secret at the place where a text was cut is taken out', () => {
  const taker = new Redactor({ KEY: 'sk-live-0123456789' });
  assert.equal(taker.cutText('token sk-live-0'), 'token [secret KEY]');
  assert.equal(taker.text('token sk-live-0'), 'token sk-live-0');
  assert.equal(taker.cutText('100% sure of it'), '100% sure of it');
});

test('a secret that was shortened with dots is taken out as far as it is there', () => {
  const taker = new Redactor({ KEY: 'sk-live-0123456789' });
  assert.equal(taker.text('bad key "sk-live-0…", sorry'), 'bad key "[secret KEY]…", sorry');
  assert.equal(taker.text('bad key sk-live-0123...'), 'bad key [secret KEY]...');
  assert.equal(taker.text('wait... what…'), 'wait... what…');
  const dotted = new Redactor({ KEY: 'one...two…three' });
  assert.equal(dotted.text('(one...two…three)'), '([secret KEY])');
});

test('wherever a text is cut, no more than three characters of a secret are left', () => {
  const written = [secret, encodeURIComponent(secret), JSON.stringify(JSON.stringify(secret))];
  for (const [index, each] of written.entries()) {
    const bytes = Buffer.from(`x${each}`, 'utf8');
    for (let length = 1; length <= bytes.length; length++) {
      const shown = redactor.cutText(bytes.subarray(0, length).toString('utf8'));
      const left = shown.replace('[secret TOKEN]', '').replace(/^x/, '');
      // An escape of a character has up to six, and a backslash that is escaped twice is four.
      const mostChars = [3, 12, 24][index] ?? 0;
      assert.ok(left.length <= mostChars, `${length}: ${shown}`);
    }
  }
});

test('a value of less than four characters is taken out only where it is all there is', () => {
  const pin = new Redactor({ PIN: '42' });
  assert.equal(pin.isEmpty, false);
  assert.equal(pin.text('chapter 42 of 420'), 'chapter 42 of 420');
  assert.equal(pin.text('42'), '[secret PIN]');
  assert.deepEqual(pin.json({ pin: '42', page: 42, next: '42 or 43' }), {
    pin: '[secret PIN]',
    page: '[secret PIN]',
    next: '42 or 43',
  });
});

test('an empty value hides nothing', () => {
  assert.equal(new Redactor({ NONE: '' }).isEmpty, true);
  assert.equal(new Redactor({ NONE: '' }).text('anything'), 'anything');
});

test('JSON is redacted in keys, in values, in numbers and in lists of bytes', () => {
  const taker = new Redactor({ KEY: 'sk-live-0123', CODE: '90210' });
  const bytes = Array.from(Buffer.from('-sk-live-0123-'));
  assert.deepEqual(
    taker.json({
      'sk-live-0123': 1,
      'x sk-live-0123': [{ deep: 'sk-live-0123' }, null, true, 90210, 3],
      buffer: { type: 'Buffer', data: bytes },
      text: JSON.stringify({ data: bytes }),
    }),
    {
      '[secret KEY]': 1,
      'x [secret KEY]': [{ deep: '[secret KEY]' }, null, true, '[secret CODE]', 3],
      buffer: { type: 'Buffer', data: '45,[secret KEY],45' },
      text: '{"data":[45,[secret KEY],45]}',
    },
  );
});

test('two keys that look the same without their secrets stay two', () => {
  const taker = new Redactor({ A: 'aaaa-aaaa' });
  const shown = taker.json({ 'aaaa-aaaa': 1, [Buffer.from('aaaa-aaaa').toString('hex')]: 2 });
  assert.deepEqual(shown, { '[secret A]': 1, '[secret A] (2)': 2 });
});

test('what holds no secret is handed back as it is, not as a copy', () => {
  const value = { a: [1, 'two', { three: null }], b: '50% of \\n &amp; "x"' };
  assert.equal(redactor.json(value), value);
  assert.equal(new Redactor().json(value), value);
});

test('a secret that a word of ours would tell is replaced by stars', () => {
  assert.equal(new Redactor({ KEY: 'secret' }).text('the secret'), 'the ***');
  assert.equal(new Redactor({ API_KEY: 'API_KEY' }).text('API_KEY'), '***');
});

test('a redacted text is the same when it is redacted again', () => {
  const once = redactor.text(`${secret} ${encodeURIComponent(secret)} ${utf8.toString('base64')}`);
  assert.equal(redactor.text(once), once);
});

test('secrets of any characters are found in every encoding, alone and together', () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const alphabet = Array.from('abcXYZ019-_.~!*\'()"\\/+%&=<> \t\näß€😀$`{}[]');
  const word = (length: number): string =>
    Array.from({ length }, () => alphabet[random(alphabet.length)]).join('');
  const encoders: ((text: string) => string)[] = [
    (text) => text,
    (text) => JSON.stringify(text),
    (text) => JSON.stringify([JSON.stringify(text)]),
    encodeURIComponent,
    (text) => Buffer.from(`${word(random(4))}${text}`).toString('base64'),
    (text) => Buffer.from(`${word(random(4))}${text}`).toString('base64url'),
    (text) => Buffer.from(text).toString('hex'),
    (text) => JSON.stringify(encodeURIComponent(text)),
    (text) => encodeURIComponent(JSON.stringify(text)),
  ];
  for (let round = 0; round < 300; round++) {
    const secrets = { ONE: `1${word(8 + random(20))}1`, TWO: `2${word(8 + random(60))}2` };
    const taker = new Redactor(secrets);
    for (const [name, value] of Object.entries(secrets)) {
      for (const [index, encode] of encoders.entries()) {
        const shown = taker.text(`${word(5)} ${encode(value)} ${word(5)}`);
        assert.ok(
          shown.includes(`[secret ${name}]`) || shown.includes('***'),
          `encoder ${index} of ${JSON.stringify(value)}: ${shown}`,
        );
        assert.ok(!shown.includes(encode(value).slice(4, -4)), shown);
      }
    }
  }
});

test('the time of a look grows with the text, also for a text made to be slow', () => {
  const taker = new Redactor({ A: `${'a'.repeat(3000)}b`, B: `${'%25'.repeat(300)}b` });
  const once = (text: string): number => {
    const began = performance.now();
    taker.text(text);
    return performance.now() - began;
  };
  // The shortest of three: what else the machine does only ever adds.
  const time = (text: string): number => Math.min(once(text), once(text), once(text));
  for (const piece of ['a', '%25', '\\\\', '&amp;', 'a...', 'aaaa…']) {
    time(piece.repeat(1000));
    const [some, more] = [time(piece.repeat(20_000)), time(piece.repeat(160_000))];
    assert.ok(
      more < 60 * Math.max(some, 1),
      `${piece}: ${some} ms, and ${more} ms for 8 times as much`,
    );
  }
});
