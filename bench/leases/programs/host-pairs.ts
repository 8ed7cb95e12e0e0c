import { Connection } from '../../../host/src/http/client/connection.ts';
import { RemoteLeases } from '../../../host/src/http/client/remote-leases.ts';
import { readHostNote } from '../../../host/src/http/host-info.ts';
import { workspacePaths } from '../../../host/src/paths.ts';
import { claimsOf } from '../world.ts';
import { asManyAsPossible } from './go.ts';

/** A reservation of its own and its release, asked of the host of a workspace: `host-pairs.ts ROOT SECONDS NUMBER`. */
const [, , root = '', seconds = '1', number = '0'] = process.argv;
const note = readHostNote(workspacePaths(root));
if (note?.control === undefined) throw new Error(`no host is up in ${root}`);
const connection = new Connection(note.pid, note.control);
const leases = new RemoteLeases(connection);
const claims = claimsOf(Number(number)).map((claim) =>
  claim.kind === 'region' ? { ...claim, tree: root } : claim,
);
await asManyAsPossible(Number(seconds), async () => {
  const answer = await leases.acquire({
    holder: `agent ${number}`,
    termMs: 600_000,
    alternatives: [claims],
  });
  if (answer.kind !== 'granted') throw new Error(`${answer.code}: ${answer.reason}`);
  await leases.release(answer.lease.id, { secret: answer.secret });
});
connection.close();
