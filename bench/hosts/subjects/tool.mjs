// What we are measured with: actions that do nothing, much, or not what they are told.
import { defineCapability } from '@capstan/worker';

const filler = 'x'.repeat(100_000);

export default defineCapability({
  name: 'tool',
  version: '1.0.0',
  actions: {
    /** What came in goes out. */
    echo: { input: { text: { type: 'string' } }, run: ({ text }) => text },
    nothing: { input: { n: { type: 'integer' } }, run: ({ n }) => n },
    /** 100 KB, different for each `n`. */
    large: { input: { n: { type: 'integer' } }, run: ({ n }) => `${n} ${filler}` },
    /** So many values of so many characters, one by one. */
    chunks: {
      input: { count: { type: 'integer' }, characters: { type: 'integer' } },
      async *run({ count, characters }) {
        const chunk = 'x'.repeat(characters);
        for (let n = 0; n < count; n++) yield chunk;
      },
    },
    accounts: {
      input: { count: { type: 'integer' } },
      run: ({ count }, context) => {
        for (let page = 0; page < count; page++) context.account('page_read', { page, of: count });
        return count;
      },
    },
    wait: {
      input: { n: { type: 'integer' } },
      run: (_, context) => {
        context.progress(0);
        return new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      },
    },
    /** Hears nothing, and never ends. */
    ignore: {
      input: { n: { type: 'integer' } },
      run: async (_, context) => {
        context.progress(0);
        await new Promise((resolve) => setTimeout(resolve, 20));
        for (;;);
      },
    },
  },
});
