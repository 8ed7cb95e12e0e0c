import { readFile, writeFile } from 'node:fs/promises';
import { defineCapability } from '@capstan/worker';
import { type Embeddings, notesFrom } from './compose.ts';
import { renderMarkdown } from './markdown.ts';
import { renderPage } from './page.ts';
import { readSegments } from './segments.ts';
import { titleFrom } from './text.ts';
import { readWaveform } from './waveform.ts';

/** Above this the page asks for the recording instead of carrying it. */
const EMBEDDED_AUDIO_MAX_BYTES = 24 * 1024 * 1024;

export default defineCapability({
  name: 'notes',
  version: '1.0.0',
  description:
    'Writes notes about a recording: Markdown, JSON, and a page that searches and plays it',
  actions: {
    write: {
      effects: 'pure',
      input: {
        segments: { type: 'array', items: { type: 'object' } },
        language: { type: 'string', default: 'en' },
        embeddings: { type: 'file' },
        wav: { type: 'file', description: '16-bit mono PCM, for the waveform' },
        listen: { type: 'file', description: 'MP3 for the page to play' },
        title: {
          type: 'string',
          default: '',
          description: 'the name of the recording unless given',
        },
      },
      output: {
        type: 'object',
        properties: {
          markdown: { type: 'file' },
          html: { type: 'file' },
          json: { type: 'file' },
          title: { type: 'string' },
          passages: { type: 'integer' },
        },
      },
      async run({ segments, language, embeddings, wav, listen, title }, ctx) {
        ctx.progress(0.1, 'looking at the recording');
        const { seconds, peaks } = await readWaveform(wav.path);
        const { vectors }: Embeddings = JSON.parse(await readFile(embeddings.path, 'utf8'));
        const notes = notesFrom({
          title: title || titleFrom(listen.stem),
          language,
          seconds,
          segments: readSegments(segments),
          vectors,
        });
        ctx.checkCancel();

        ctx.progress(0.5, 'writing');
        const audio = await readFile(listen.path);
        const page = renderPage(notes, {
          peaks,
          audio: audio.length <= EMBEDDED_AUDIO_MAX_BYTES ? audio : null,
          searchLibrary: await searchLibrary(),
        });
        const markdown = ctx.output('notes.md', { mediaType: 'text/markdown' });
        const html = ctx.output('notes.html', { mediaType: 'text/html' });
        const json = ctx.output('notes.json', { mediaType: 'application/json' });
        await writeFile(markdown.path, renderMarkdown(notes));
        await writeFile(html.path, page);
        await writeFile(json.path, `${JSON.stringify(notes, null, 2)}\n`);
        return { markdown, html, json, title: notes.title, passages: notes.passages.length };
      },
    },
  },
});

/** MiniSearch as one script, to be carried inside the page. */
async function searchLibrary(): Promise<string> {
  const script = new URL('../umd/index.js', import.meta.resolve('minisearch'));
  return (await readFile(script, 'utf8')).replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}
