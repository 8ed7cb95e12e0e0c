import { defineCapability } from '@capstan/worker';
export default defineCapability({
  name: 'x',
  version: '1',
  config: { level: { type: 'integer', default: 1 } },
  initialize(config) {
    const n: number = config.level;
    void n;
  },
  actions: {
    greet: {
      input: {
        who: { type: 'string' },
        mode: { enum: ['a', 'b'], default: 'a' },
        f: { type: 'file', optional: true },
      },
      run: ({ who, mode, f }, ctx) => {
        const w: string = who;
        const m: 'a' | 'b' = mode;
        ctx.progress(1);
        return w + m + (f?.path ?? '');
      },
    },
    list: {
      input: { xs: { type: 'array', items: { type: 'number' } } },
      run: ({ xs }) => xs.reduce((a, b) => a + b, 0),
    },
    none: { input: {}, run: () => 1 },
  },
});
