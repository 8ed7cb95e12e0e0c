import { kills } from './kills/kills.ts';
import { testSmall } from './small.ts';

testSmall(kills);
