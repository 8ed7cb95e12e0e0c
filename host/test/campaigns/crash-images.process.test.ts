import { crashImages } from './crash-images/crash-images.ts';
import { testSmall } from './small.ts';

testSmall(crashImages);
