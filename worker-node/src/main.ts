/**
 * What a host starts. Without arguments it serves the capability its start line names; `introspect` writes
 * down what a capability offers, without serving it.
 */
if (process.argv[2] === 'introspect') {
  const { introspect } = await import('./introspect.ts');
  await introspect(process.argv.slice(3));
} else {
  const { serve } = await import('./serve.ts');
  await serve();
}
