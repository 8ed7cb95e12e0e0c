import { InputError } from '@capstan/worker';

export interface Word {
  text: string;
  /** Seconds from the start of the recording. */
  start: number;
  end: number;
  /** 0 to 1 */
  confidence: number;
}

export interface Segment extends Word {
  words: Word[];
}

/** What a transcriber found, taken at its word only after a look. Throws InputError naming the first oddity. */
export function readSegments(values: readonly unknown[]): Segment[] {
  return values.map((value, i) => {
    if (isSegment(value)) return value;
    throw new InputError(`segments[${i}] lacks a text, times, a confidence or words with these`, {
      fields: ['segments'],
    });
  });
}

function isSegment(value: unknown): value is Segment {
  return (
    isWord(value) && 'words' in value && Array.isArray(value.words) && value.words.every(isWord)
  );
}

function isWord(value: unknown): value is Word {
  if (typeof value !== 'object' || value === null) return false;
  const { text, start, end, confidence }: Partial<Word> = value;
  return typeof text === 'string' && [start, end, confidence].every(Number.isFinite);
}
