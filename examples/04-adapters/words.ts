import { readFile } from 'node:fs/promises';
import { defineAdapter, defineCapability, type InputFile, needed } from '@capstan/worker';

export default defineCapability({
  name: 'words',
  version: '1.0.0',
  actions: {
    tally: {
      input: { file: { type: 'file' }, top: { type: 'integer', default: 3 } },
      effects: 'pure',
      async run({ file, top }) {
        const words = (await readFile(file.path, 'utf8')).toLowerCase().match(/\S+/g) ?? [];
        const found = Object.entries(Object.groupBy(words, (word) => word));
        const counts = found.map(([word, all = []]) => [word, all.length] as const);
        return Object.fromEntries(counts.toSorted((a, b) => b[1] - a[1]).slice(0, top));
      },
    },
  },
});

class Tallies {
  // what the adapter needs of its tool
  tally(file: InputFile, top: number): Promise<Record<string, number>> {
    return needed(file, top);
  }
}

export const Counting = defineAdapter({
  task: 'counting',
  needs: Tallies,
  methods: {
    words: {
      description: 'The words a text uses most often.',
      input: { text: { type: 'file' }, most: { type: 'integer', default: 3 } },
      effects: 'pure',
      run: ({ text, most }, tool) => tool.tally(text, most),
    },
  },
});
