/**
 * What a host starts. Without arguments it serves the capability its start line names; `introspect` writes
 * down what a capability offers, without serving it.
 */
const start =
  process.argv[2] === 'introspect'
    ? import('./introspect.ts').then(({ introspect }) => introspect(process.argv.slice(3)))
    : import('./serve.ts').then(({ serve }) => serve());

// a failure here is a bug of ours: say it and end, as an uncaught error does
start.catch((error: unknown) => {
  process.nextTick(() => {
    throw error;
  });
});
