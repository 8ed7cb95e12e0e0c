import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when a tool has written this word to its file. */
export async function untilNoted(file: string, word: string): Promise<void> {
  const isThere = (): boolean => existsSync(file) && readFileSync(file, 'utf8').includes(word);
  const deadline = performance.now() + 20_000;
  while (!isThere()) {
    assert.ok(performance.now() < deadline, `${word} is not in ${file}`);
    // oxlint-disable-next-line no-await-in-loop -- another process writes it
    await delay(10);
  }
}
