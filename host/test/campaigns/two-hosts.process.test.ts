import { twoHosts } from './two-hosts/two-hosts.ts';
import { testSmall } from './small.ts';

testSmall(twoHosts);
