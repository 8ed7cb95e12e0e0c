import type { Campaign } from './campaign.ts';
import { crashImages } from './crash-images/crash-images.ts';
import { failPointsCampaign } from './fail-points/fail-points.ts';
import { ioErrors } from './io-errors/io-errors.ts';
import { kills } from './kills/kills.ts';
import { twoHosts } from './two-hosts/two-hosts.ts';

/** The longest first, so that two at a time end together. */
export const campaigns: readonly Campaign[] = [
  kills,
  crashImages,
  failPointsCampaign,
  ioErrors,
  twoHosts,
];
