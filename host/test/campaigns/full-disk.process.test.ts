import { fullDisk } from './full-disk/full-disk.ts';
import { testSmall } from './small.ts';

testSmall(fullDisk);
