import type { Segment } from './segments.ts';
import { type Topic, topicsOf } from './topics.ts';

/** Below this the recogniser was guessing. */
export const DOUBTFUL_BELOW = 0.5;

export interface Embeddings {
  model: string;
  vectors: number[][];
}

export interface Passage extends Segment {
  id: number;
  /** Passages about the same thing, nearest first. */
  related: { id: number; similarity: number }[];
}
export interface Notes {
  title: string;
  language: string;
  seconds: number;
  words: number;
  /** Ids of the passages that stand for the whole, in the order they were spoken. */
  summary: number[];
  topics: Topic[];
  passages: Passage[];
}

const RELATED_AT_LEAST = 0.2;
const RELATED_MOST = 3;

/** Everything the three documents say. The same input gives the same notes, to the byte. */
export function notesFrom(from: {
  title: string;
  language: string;
  seconds: number;
  segments: Segment[];
  vectors: number[][];
}): Notes {
  const { segments, vectors } = from;
  if (segments.length !== vectors.length) {
    throw new Error(`${segments.length} segments came with ${vectors.length} vectors`);
  }
  const similarity = vectors.map((a) => vectors.map((b) => dot(a, b)));
  return {
    title: from.title,
    language: from.language,
    seconds: from.seconds,
    words: segments.reduce((sum, segment) => sum + segment.words.length, 0),
    summary: mostCentral(segments, similarity),
    topics: topicsOf(segments.map(sureText)),
    passages: segments.map((segment, id) => ({
      id,
      ...segment,
      related: related(id, similarity[id] ?? []),
    })),
  };
}

function related(self: number, row: number[]): Passage['related'] {
  return row
    .map((similarity, id) => ({ id, similarity: round(similarity) }))
    .filter(({ id, similarity }) => id !== self && similarity >= RELATED_AT_LEAST)
    .toSorted((a, b) => b.similarity - a.similarity || a.id - b.id)
    .slice(0, RELATED_MOST);
}

const sureText = ({ words }: Segment): string =>
  words.flatMap(({ text, confidence }) => (confidence < DOUBTFUL_BELOW ? [] : text)).join(' ');

/**
 * The passages most like all the others, a quarter of them and at most five. Short and doubtful ones stand
 * for less, and each choice makes what resembles it less attractive, so that the summary does not say one
 * thing five times.
 */
function mostCentral(segments: Segment[], similarity: number[][]): number[] {
  if (segments.length < 3) return [];
  const central = segments.map(
    ({ words, confidence }, i) =>
      mean(similarity[i] ?? []) * confidence * Math.log(1 + words.length),
  );
  const most = Math.min(5, Math.ceil(segments.length / 4));
  const chosen: number[] = [];
  while (chosen.length < most) {
    const worth = central.map((value, i) => {
      const likest = Math.max(0, ...chosen.map((c) => similarity[i]?.[c] ?? 0));
      return chosen.includes(i) ? -1 : value * (1 - likest);
    });
    chosen.push(worth.indexOf(Math.max(...worth)));
  }
  return chosen.toSorted((a, b) => a - b);
}

const dot = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
const mean = (values: number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const round = (value: number): number => Math.round(value * 1000) / 1000;
