import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Notes, notesFrom } from '../capabilities/notes/compose.ts';
import { renderMarkdown } from '../capabilities/notes/markdown.ts';
import { renderPage } from '../capabilities/notes/page.ts';
import { readSegments, type Segment } from '../capabilities/notes/segments.ts';
import { clock, titleFrom } from '../capabilities/notes/text.ts';
import { readWaveform } from '../capabilities/notes/waveform.ts';

describe('the notes', () => {
  test('name the passages nearest in meaning, and nobody as their own relative', () => {
    const { passages } = notesOf([
      said('a b c', [1, 0]),
      said('d e f', [0.6, 0.8]),
      said('g h i', [0, 1]),
    ]);
    assert.deepEqual(passages[0]?.related, [{ id: 1, similarity: 0.6 }]);
    assert.deepEqual(passages[1]?.related, [
      { id: 2, similarity: 0.8 },
      { id: 0, similarity: 0.6 },
    ]);
  });

  test('summarise with the passage most like the others, not with one the recogniser guessed at', () => {
    const { summary } = notesOf([
      said('one two three four', [1, 0]),
      said('one two three five', [0.8, 0.6]),
      said('one two three six', [0.8, 0.6], 0.2),
      said('something else altogether here', [0, 1]),
    ]);
    assert.deepEqual(summary, [1]);
  });

  test('do not say the same thing twice in a summary', () => {
    const same = Array.from({ length: 4 }, () => said('the ship turns north', [1, 0]));
    const { summary } = notesOf([...same, said('the crew goes home', [0.2, 0.98])]);
    assert.deepEqual(summary, [0, 4]);
  });

  test('leave common and doubtful words out of the topics', () => {
    const { topics } = notesOf([
      said('there might have been capstans', [1]),
      said('capstans rather than windlasses', [1]),
      said('mumbling', [1], 0.1),
    ]);
    assert.deepEqual(topics, [
      { word: 'capstans', count: 2 },
      { word: 'windlasses', count: 1 },
    ]);
  });

  test('of silence are empty, and say so', () => {
    const notes = notesOf([]);
    assert.deepEqual([notes.summary, notes.topics, notes.passages], [[], [], []]);
    assert.match(renderMarkdown(notes), /Nobody spoke/);
    assert.match(page(notes), /Nobody spoke/);
  });

  test('refuse vectors that belong to other segments', () => {
    const { segment } = said('hello', [1]);
    const from = { title: 't', language: 'en', seconds: 1, segments: [segment], vectors: [] };
    assert.throws(() => notesFrom(from), /1 segments came with 0 vectors/);
  });

  test('refuse what is no segment, by its place', () => {
    const { segment } = said('hello', [1]);
    assert.deepEqual(readSegments([segment]), [segment]);
    assert.throws(() => readSegments([segment, { text: 'hello' }]), /segments\[1\] lacks/);
  });
});

describe('the page', () => {
  const hostile = notesOf(
    [said('<img/src=x/onerror=alert(1)> </script><script>alert(2)</script> "quoted"', [1])],
    {
      title: '<b>"Bold"</b> & co',
    },
  );

  test('shows hostile words as words', () => {
    const html = page(hostile);
    assert.doesNotMatch(html, /<img|<b>|alert\(2\)<\/script>/);
    assert.match(html, /&lt;img\/src=x\/onerror=alert\(1\)&gt;/);
    assert.match(html, /<title>&lt;b&gt;&quot;Bold&quot;&lt;\/b&gt; &amp; co<\/title>/);
  });

  test('allows by hash exactly the scripts and the style it carries', () => {
    const html = page(hostile);
    const inline = [...html.matchAll(/<(script|style)>([^]*?)<\/\1>/g)].map(([, , body = '']) =>
      hash(body),
    );
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
    const allowed = [...policy.matchAll(/'(sha256-[^']+)'/g)].map(([, digest]) => digest);
    assert.equal(inline.length, 4);
    assert.deepEqual(new Set(inline), new Set(allowed));
    assert.equal(allowed.length, 4);
    assert.doesNotMatch(policy, /unsafe|https?:/);
  });

  test('refers to nothing outside of itself', () => {
    const references = [...page(hostile).matchAll(/\b(?:src|href)="([^"]*)"/g)].map(
      ([, to = '']) => to,
    );
    assert.ok(references.length > 0);
    assert.ok(references.every((to) => /^(data:audio\/mpeg;base64,|#p\d+$)/.test(to)));
  });

  test('asks for a recording that is too large to carry', () => {
    const html = renderPage(hostile, { peaks: [], audio: null, searchLibrary: '' });
    assert.doesNotMatch(html, /data:audio/);
    assert.match(html, /<input type="file" accept="audio/);
  });

  test('marks the words the recogniser is unsure of', () => {
    assert.match(
      page(notesOf([said('perhaps', [1], 0.31)])),
      /class="doubtful" title="[^"]*31 %[^"]*">perhaps</,
    );
  });

  test('is not made from a script that would end its own element', () => {
    assert.throws(
      () => renderPage(hostile, { peaks: [], audio: null, searchLibrary: 'x="</script>"' }),
      /end tag/,
    );
  });
});

describe('the Markdown', () => {
  test('shows what was said, not what it would mean in Markdown', () => {
    const markdown = renderMarkdown(notesOf([said('# not *a* <heading> [nor](link)', [1])]));
    assert.ok(markdown.includes(String.raw`\# not \*a\* \<heading\> \[nor\](link)`), markdown);
  });
});

describe('small things', () => {
  test('times read as on a clock', () => {
    assert.deepEqual([0, 7.9, 750, 3723].map(clock), ['0:00', '0:07', '12:30', '1:02:03']);
  });

  test('a title comes from the name of the file', () => {
    assert.deepEqual(['weekly-team_talk', 'a.b', '--'].map(titleFrom), [
      'Weekly team talk',
      'A b',
      'A recording',
    ]);
  });
});

describe('the waveform', () => {
  test('is loud where the recording is loud, and knows its length', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'capstan-waveform-'));
    t.after(() => rm(folder, { recursive: true }));
    const samples = Buffer.alloc(16_000 * 2 * 2);
    for (let i = 16_000; i < 32_000; i++) samples.writeInt16LE(i % 2 === 0 ? 9000 : -9000, i * 2);
    await writeFile(join(folder, 'half.wav'), wav(samples));

    const { seconds, peaks } = await readWaveform(join(folder, 'half.wav'));
    assert.equal(seconds, 2);
    assert.equal(peaks.length, 160);
    assert.deepEqual(new Set(peaks.slice(0, 80)), new Set([0]));
    assert.deepEqual(new Set(peaks.slice(80)), new Set([1]));
  });

  test('is refused to anything but a WAV file', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'capstan-waveform-'));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'song.wav'), 'ID3 and so on');
    await assert.rejects(readWaveform(join(folder, 'song.wav')), /not a WAV file/);
  });
});

interface Said {
  segment: Segment;
  vector: number[];
}

function said(text: string, vector: number[], confidence = 0.9): Said {
  const words = text
    .split(' ')
    .map((word, i) => ({ text: word, start: i, end: i + 1, confidence }));
  return { segment: { start: 0, end: words.length, text, confidence, words }, vector };
}

function notesOf(all: Said[], { title = 'A talk' } = {}): Notes {
  return notesFrom({
    title,
    language: 'en',
    seconds: 10,
    segments: all.map(({ segment }) => segment),
    vectors: all.map(({ vector }) => vector),
  });
}

const page = (notes: Notes): string =>
  renderPage(notes, {
    peaks: [0, 0.5, 1],
    audio: Buffer.from('mp3'),
    searchLibrary: 'var MiniSearch;',
  });

const hash = (text: string): string =>
  `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** A 16 kHz mono WAV file with a chunk before its samples, as FFmpeg likes to write one. */
function wav(samples: Buffer): Buffer {
  const head = Buffer.alloc(54);
  head.write('RIFF', 0);
  head.writeUInt32LE(46 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(16_000, 24);
  head.writeUInt32LE(32_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('LIST', 36);
  head.writeUInt32LE(2, 40);
  head.write('data', 46);
  head.writeUInt32LE(samples.length, 50);
  return Buffer.concat([head, samples]);
}
