import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DOUBTFUL_BELOW, type Notes, type Passage } from './compose.ts';
import { clock, counted, escapeHtml } from './text.ts';

const asset = (name: string): string =>
  readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');

export interface PageParts {
  peaks: number[];
  /** The recording as MP3; null when it is too large to travel inside the page. */
  audio: Buffer | null;
  searchLibrary: string;
}

/**
 * One file that needs nothing else: styles, search, and the recording are inside. All that was said is
 * plain HTML, so it reads without scripts too. The policy names the hash of each script and style we put in,
 * so whatever else found its way into the text could neither run nor load anything.
 */
export function renderPage(notes: Notes, { peaks, audio, searchLibrary }: PageParts): string {
  const style = asset('page.css');
  const scripts = [searchLibrary, asset('player.js'), asset('search.js')];
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(sourceHash).join(' ')}`,
    `style-src ${sourceHash(style)}`,
    'media-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="${escapeHtml(notes.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(notes.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${header(notes)}
${player(notes, peaks, audio)}
${summary(notes)}
${transcript(notes)}
<footer>Written by five tools in five environments, on this machine, without a network.</footer>
</main>
${scripts.map(inlineScript).join('\n')}
</body>
</html>
`;
}

function header({ title, seconds, passages, words }: Notes): string {
  const facts = [clock(seconds), counted(passages.length, 'passage'), counted(words, 'word')];
  return `<header>
<p class="eyebrow">Notes</p>
<h1>${escapeHtml(title)}</h1>
<p class="facts">${facts.join(' <span aria-hidden="true">·</span> ')}</p>
</header>`;
}

function player({ seconds }: Notes, peaks: number[], audio: Buffer | null): string {
  const source = audio ? ` src="data:audio/mpeg;base64,${audio.toString('base64')}"` : '';
  const ask = audio
    ? ''
    : '<label class="ask">The recording is too large for this page. <input type="file" accept="audio/*,video/*"> opens it here.</label>';
  return `<section class="player" aria-label="Recording">
<audio preload="auto"${source}></audio>
<button class="play" type="button" aria-label="Play"><svg viewBox="0 0 24 24" aria-hidden="true"><path class="when-paused" d="M8 5.5v13l11-6.5z"/><path class="when-playing" d="M7 5h3.5v14H7zM13.5 5H17v14h-3.5z"/></svg></button>
<div class="track">
${waveform(peaks)}
<input class="seek" type="range" min="0" max="${seconds}" step="0.01" value="0" aria-label="Position in the recording">
</div>
<output class="time">0:00 / ${clock(seconds)}</output>
${ask}</section>`;
}

function waveform(peaks: number[]): string {
  const bars = peaks.map((peak, i) => {
    const height = Math.max(3, Math.round(peak * 56));
    return `<rect x="${i * 5}" y="${30 - height / 2}" width="3" height="${height}" rx="1.5"/>`;
  });
  return `<svg class="wave" viewBox="0 0 ${Math.max(1, peaks.length * 5 - 2)} 60" preserveAspectRatio="none" aria-hidden="true">${bars.join('')}</svg>`;
}

function summary({ summary: ids, topics, passages }: Notes): string {
  const sentences = ids.flatMap((id) => passages[id] ?? []);
  if (sentences.length === 0) return '';
  const chips = topics.map(
    ({ word }) => `<button type="button" class="topic">${escapeHtml(word)}</button>`,
  );
  return `<section class="short" aria-labelledby="short">
<h2 id="short">In short</h2>
<ul>${sentences.map((s) => `<li>${escapeHtml(s.text)} ${timeLink(s)}</li>`).join('\n')}</ul>
<p class="topics">${chips.join('\n')}</p>
</section>`;
}

function transcript({ passages }: Notes): string {
  const body =
    passages.length === 0
      ? '<p class="nothing">Nobody spoke, or nothing was understood.</p>'
      : `<ol class="passages">${passages.map((p) => passage(p, passages)).join('\n')}</ol>`;
  return `<section aria-labelledby="said">
<div class="bar">
<h2 id="said">What was said</h2>
<search><input type="search" placeholder="Search" aria-label="Search in what was said" autocomplete="off" spellcheck="false"><kbd aria-hidden="true">/</kbd></search>
</div>
<p class="found" role="status"></p>
${body}
</section>`;
}

function passage(p: Passage, all: Passage[]): string {
  const near = p.related.flatMap(({ id }) => all[id] ?? []);
  const related = near.map(
    (other) =>
      `<a href="#p${other.id}"><span class="when">${clock(other.start)}</span> ${escapeHtml(shortened(other.text))}</a>`,
  );
  return `<li class="passage" id="p${p.id}" data-start="${p.start}" data-end="${p.end}">
${timeLink(p)}
<div><p>${p.words.map(wordSpan).join(' ')}</p>
${related.length > 0 ? `<nav class="related" aria-label="See also">${related.join('\n')}</nav>` : ''}</div>
</li>`;
}

function wordSpan({ text, start, confidence }: Passage['words'][number]): string {
  const doubt =
    confidence < DOUBTFUL_BELOW
      ? ` class="doubtful" title="The recogniser is ${Math.round(confidence * 100)} % sure of this word"`
      : '';
  return `<span data-at="${start}"${doubt}>${escapeHtml(text)}</span>`;
}

const timeLink = ({ start }: Passage): string =>
  `<button type="button" class="at" data-at="${start}" aria-label="Play from ${clock(start)}">${clock(start)}</button>`;

const shortened = (text: string): string =>
  text.length <= 48 ? text : `${text.slice(0, 48).replace(/\s+\S*$/, '')} …`;

const sourceHash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function inlineScript(script: string): string {
  // The one sequence that would end the element early, whatever it means in JavaScript.
  if (/<\/script/i.test(script)) throw new Error('a script of the page contains its own end tag');
  return `<script>${script}</script>`;
}
