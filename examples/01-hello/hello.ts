import { defineCapability } from '@capstan/worker';

export default defineCapability({
  name: 'hello',
  version: '1.0.0',
  actions: {
    greet: { input: { who: { type: 'string' } }, run: ({ who }) => `Hello, ${who}!` },
  },
});
