import type { Campaign } from './campaign.ts';
import { clocks } from './clocks/clocks.ts';
import { crashImages } from './crash-images/crash-images.ts';
import { failPointsCampaign } from './fail-points/fail-points.ts';
import { fullDisk } from './full-disk/full-disk.ts';
import { ioErrors } from './io-errors/io-errors.ts';
import { kills } from './kills/kills.ts';
import { leases } from './leases/leases.ts';
import { powerLoss } from './power-loss/power-loss.ts';
import { twoHosts } from './two-hosts/two-hosts.ts';

/** The longest first, so that two at a time end together. */
export const campaigns: readonly Campaign[] = [
  leases,
  kills,
  powerLoss,
  crashImages,
  failPointsCampaign,
  ioErrors,
  fullDisk,
  twoHosts,
  clocks,
];
