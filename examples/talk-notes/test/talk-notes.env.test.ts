import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { openSandbox, type Sandbox } from '../../test/sandbox.ts';
import type { Notes } from '../capabilities/notes/compose.ts';
import { spokenWords, wordErrorRate } from './word-errors.ts';

/** What `capstan run --json` prints, as far as it matters here. */
interface Report {
  state: string;
  outputs: { [name in 'html' | 'markdown' | 'json']: { data: { path: string } } };
  nodes: {
    [id: string]: {
      state: string;
      attempts: number;
      artifacts: { path: string; sha256: string; size: number }[];
    };
  };
}

const chromiumPath = '/usr/bin/chromium';
const recording = 'recording/sense-and-sensibility.flac';
const run = ['run', 'notes.yaml', '--input', `audio=${recording}`, '--json'];

let sandbox: Sandbox;
let folder: string;
let report: Report;
before(async () => {
  sandbox = await openSandbox();
  folder = await sandbox.copyOf('talk-notes');
  const installed = await sandbox.capstan(folder, ['install', '--yes']);
  assert.equal(installed.code, 0, installed.stderr);
  const { code, stdout, stderr } = await sandbox.capstan(folder, run);
  assert.equal(code, 0, stdout + stderr);
  report = JSON.parse(stdout);
});
after(() => sandbox.close());

test('every step of the talk notes completes, and every file it made is what its hash says', async () => {
  assert.equal(report.state, 'completed');
  const nodes = Object.entries(report.nodes);
  assert.deepEqual(
    nodes.map(([id, { state }]) => [id, state]),
    ['wav', 'listen', 'speech', 'transcript', 'embeddings', 'notes'].map((id) => [id, 'completed']),
  );
  const artifacts = nodes.flatMap(([, node]) => node.artifacts);
  assert.equal(artifacts.length, 6);
  for (const { path, sha256, size } of artifacts) {
    // oxlint-disable-next-line no-await-in-loop -- six small files
    const content = await readFile(path);
    assert.equal(content.length, size);
    assert.equal(createHash('sha256').update(content).digest('hex'), sha256);
  }
});

test('the notes say what was said, nine words in ten at least, at the time it was said', async () => {
  const notes: Notes = JSON.parse(await readFile(report.outputs.json.data.path, 'utf8'));
  const said = await readFile(join(folder, 'recording/transcript.txt'), 'utf8');
  const heard = notes.passages.map(({ text }) => text).join(' ');
  assert.ok(wordErrorRate(spokenWords(said), spokenWords(heard)) <= 0.1, heard);

  assert.equal(notes.passages.length, 5);
  const selfish = notes.passages
    .flatMap(({ words }) => words)
    .find(({ text }) => text === 'selfish');
  assert.ok(selfish && selfish.start > 14 && selfish.end < 17, JSON.stringify(selfish));
  const markdown = await readFile(report.outputs.markdown.data.path, 'utf8');
  assert.match(
    markdown,
    /^# Sense and sensibility\n[^]*\*\*0:19\*\* Had he married a more amiable woman/,
  );
});

test('a recording that does not exist is refused before anything runs', async () => {
  const { code, stderr } = await sandbox.capstan(folder, [
    'run',
    'notes.yaml',
    '--input',
    'audio=nowhere.mp3',
  ]);
  assert.notEqual(code, 0);
  assert.match(stderr, /nowhere\.mp3/);
});

test('a file that is no recording fails in one sentence', async () => {
  const ended = await sandbox.capstan(folder, [
    'run',
    'notes.yaml',
    '--input',
    'audio=capstan.yaml',
  ]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /FFmpeg does not recognise this as a recording/);
});

test('a run that was killed goes on where it was, and repeats nothing that was finished', async () => {
  const titled = [...run.slice(0, -1), '--input', 'title=Killed'];
  const halfway =
    /listen: completed[^]*transcript: running|transcript: running[^]*listen: completed/;
  await sandbox.kill(folder, titled, halfway);

  const { code, stdout, stderr } = await sandbox.capstan(folder, [...titled, '--json']);
  assert.equal(code, 0, stdout + stderr);
  const { nodes }: Report = JSON.parse(stdout);
  const attempts = Object.entries(nodes).map(([id, node]) => [id, node.attempts]);
  assert.deepEqual(Object.fromEntries(attempts), {
    wav: 1,
    listen: 1,
    speech: 1,
    transcript: 2,
    embeddings: 1,
    notes: 1,
  });
});

const withoutNetwork = ['unshare', '--map-root-user', '--net'];
test('the same notes come out without a network', {
  skip:
    spawnSync('unshare', [...withoutNetwork.slice(1), 'true']).status !== 0 &&
    'no network namespaces here',
}, async () => {
  const { code, stdout, stderr } = await sandbox.capstan(
    folder,
    [...run, '--fresh'],
    withoutNetwork,
  );
  assert.equal(code, 0, stdout + stderr);
  const again: Report = JSON.parse(stdout);
  const hashes = ({ nodes }: Report) =>
    Object.values(nodes).flatMap((node) => node.artifacts.map((a) => a.sha256));
  assert.deepEqual(hashes(again), hashes(report));
});

test('the page finds words, mistyped ones too, and plays from where they were said', {
  skip: !existsSync(chromiumPath) && 'Chromium is not on this machine; apt install chromium',
}, async () => {
  await using browser = await openChromium();
  const page = await browser.newPage();
  const troubles: string[] = [];
  page.on('console', (message) => troubles.push(message.text()));
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) troubles.push(request.url());
  });
  await page.goto(pathToFileURL(report.outputs.html.data.path).href);
  const shown = page.locator('.passage:visible');
  assert.equal(await shown.count(), 5);

  await page.keyboard.press('/');
  await page.keyboard.type('amiabel');
  assert.equal(await page.locator('.found').textContent(), 'Found in 2 of 5');
  assert.deepEqual(await page.locator('.is-found').allTextContents(), ['amiable', 'amiable']);

  await shown.first().locator('.at').click();
  await page.locator('.is-current .is-spoken').waitFor();
  const at = await page.locator('audio').evaluate((audio) => Reflect.get(audio, 'currentTime'));
  assert.ok(at >= 19 && at < 25, `plays at ${at}`);
  assert.match((await page.locator('.time').textContent()) ?? '', /^0:(19|2\d) \/ 0:29$/);
  assert.deepEqual(troubles, []);
});

async function openChromium(): Promise<Browser & AsyncDisposable> {
  return await chromium.launch({
    executablePath: chromiumPath,
    // Containers give no user namespaces; the page under test is our own.
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}
