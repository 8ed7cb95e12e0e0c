import { openBareLedger } from '../../floors/commit.ts';
import { asManyAsPossible } from './go.ts';

/** Two bare synced commits, again and again: `bare-pairs.ts PATH SECONDS`. */
const [, , path = '', seconds = '1'] = process.argv;
const bare = openBareLedger(path);
await asManyAsPossible(Number(seconds), () => {
  bare.commit();
  bare.commit();
});
bare.close();
