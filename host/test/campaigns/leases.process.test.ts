import { leases } from './leases/leases.ts';
import { testSmall } from './small.ts';

testSmall(leases);
