import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type Floor, openFloor } from '../floors/open.ts';
import { type BareQueue, openBareQueue } from '../hosts/bare-queue.ts';
import { openResidentHost, type ResidentHost } from '../hosts/resident-host.ts';
import { openWholeHost, type WholeHost } from '../hosts/whole-host.ts';
import { makeWorkspace } from '../hosts/workspace.ts';

/** How many jobs of the queue alone run at once. */
export const aloneLanes = 8;

/** A job's way with less and with more around it, each warm. */
export interface Ours {
  floor: Floor;
  /** The queue and its store; a job is one bare round trip, or nothing at all. */
  aloneWithCall: BareQueue;
  alone: BareQueue;
  /** A host in this process. */
  whole: WholeHost;
  /** A host in a process of its own, and this one as its client. */
  resident: ResidentHost;
  close(): Promise<void>;
}

export async function openOurs(given: string): Promise<Ours> {
  const folder = realpathSync(given);
  const [here, up] = [join(folder, 'here'), join(folder, 'up')];
  await makeWorkspace(here);
  await makeWorkspace(up);
  const floor = await openFloor(folder);
  const call = async () => {
    await floor.roundTrip();
    return null;
  };
  const nothing = () => Promise.resolve(null);
  const aloneWithCall = await openBareQueue(join(folder, 'with-call'), call, aloneLanes);
  const alone = await openBareQueue(join(folder, 'alone'), nothing, aloneLanes);
  const whole = await openWholeHost(here);
  await whole.runOne('node');
  await whole.runOne('python');
  const resident = await openResidentHost(up);
  return {
    floor,
    aloneWithCall,
    alone,
    whole,
    resident,
    close: async () => {
      await resident.close();
      await whole.close();
      await alone.close();
      await aloneWithCall.close();
      await floor.close();
    },
  };
}
