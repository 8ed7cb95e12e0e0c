import { defineCapability } from '@capstan/worker';

export default defineCapability({
  name: 'empty',
  version: '1.0.0',
  actions: {
    echo: { input: { text: { type: 'string' } }, run: ({ text }) => text },
  },
});
