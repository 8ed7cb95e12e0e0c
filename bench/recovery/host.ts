import { enableCompileCache } from 'node:module';

/**
 * A host that says when the first of its waiting jobs is at work, then when one is done, and goes on until
 * it is killed: `node host.ts FOLDER`. With what it has compiled kept, as `capstan` has it.
 */
enableCompileCache();
const { openWholeHost } = await import('../hosts/whole-host.ts');
const [, , folder = '.'] = process.argv;
const told = new Set<string>();
const tell = (what: string): void => {
  if (told.has(what)) return;
  told.add(what);
  console.log(what);
};
await openWholeHost(folder, (event) => {
  if (event.type === 'phase') tell('dispatched');
  else if (event.type === 'job_finished') tell('done');
});
// The jobs' workers keep it up; this does where none is there yet.
setInterval(() => {}, 60_000);
