import type { Notes } from './compose.ts';
import { clock, counted, escapeMarkdown } from './text.ts';

export function renderMarkdown(notes: Notes): string {
  const { passages, summary, topics } = notes;
  const facts = [
    clock(notes.seconds),
    counted(passages.length, 'passage'),
    counted(notes.words, 'word'),
  ];
  const lines = [`# ${escapeMarkdown(notes.title)}`, '', facts.join(' · '), ''];
  if (summary.length > 0) {
    lines.push('## In short', '');
    for (const id of summary) {
      const passage = passages[id];
      if (passage) lines.push(`- ${escapeMarkdown(passage.text)} (${clock(passage.start)})`);
    }
    lines.push('');
  }
  if (topics.length > 0) {
    lines.push(`**Words:** ${topics.map(({ word }) => escapeMarkdown(word)).join(', ')}`, '');
  }
  lines.push('## What was said', '');
  if (passages.length === 0) lines.push('Nobody spoke, or nothing was understood.', '');
  for (const passage of passages) {
    lines.push(`**${clock(passage.start)}** ${escapeMarkdown(passage.text)}`, '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}
