import { openWholeHost } from '../../hosts/whole-host.ts';

/**
 * A host that says when the first of its waiting jobs is at work, then when one is done, and goes on until
 * it is killed: `node first-dispatch.ts FOLDER`.
 */
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
setInterval(() => {
  const { rss } = process.memoryUsage();
  console.log(`rss ${Math.round(rss / 2 ** 20)}`);
}, 100);
