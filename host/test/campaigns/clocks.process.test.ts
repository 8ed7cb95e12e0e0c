import { clocks } from './clocks/clocks.ts';
import { testSmall } from './small.ts';

testSmall(clocks);
