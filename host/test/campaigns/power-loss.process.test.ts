import { powerLoss } from './power-loss/power-loss.ts';
import { testSmall } from './small.ts';

testSmall(powerLoss);
