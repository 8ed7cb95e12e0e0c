// What the figures of the contract are measured with in JavaScript.
import { defineCapability } from '@capstan/worker';

export default defineCapability({
  name: 'tool',
  version: '1.0.0',
  actions: {
    echo: { input: { text: { type: 'string' } }, run: ({ text }) => text },
    records: { input: { records: { type: 'array' } }, run: ({ records }) => records },
    accounts: {
      input: { count: { type: 'integer' } },
      run: ({ count }, context) => {
        for (let page = 0; page < count; page++) {
          context.account('page_read', { page, of: count });
        }
        return count;
      },
    },
    chunks: {
      input: { count: { type: 'integer' }, size: { type: 'integer' } },
      async *run({ count, size }) {
        const chunk = 'x'.repeat(size);
        for (let n = 0; n < count; n++) yield chunk;
      },
    },
  },
});
