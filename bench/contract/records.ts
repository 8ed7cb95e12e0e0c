import type { JsonObject } from '@capstan/protocol';

/** What a tool that transcribes or detects might return: records of about 170 bytes, so many bytes in all. */
export function recordsOf(bytes: number): JsonObject[] {
  const records: JsonObject[] = [];
  let size = 2;
  for (let n = 0; size < bytes; n++) {
    const record: JsonObject = {
      id: n,
      start: n * 0.25,
      end: n * 0.25 + 0.2,
      text: `segment number ${n} of a recording that goes on and on, word by word`,
      confidence: 0.5 + (n % 50) / 100,
      tags: ['speech', 'en'],
      speaker: null,
    };
    records.push(record);
    size += JSON.stringify(record).length + 1;
  }
  return records;
}
