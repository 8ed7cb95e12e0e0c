import { failPointsCampaign } from './fail-points/fail-points.ts';
import { testSmall } from './small.ts';

testSmall(failPointsCampaign);
