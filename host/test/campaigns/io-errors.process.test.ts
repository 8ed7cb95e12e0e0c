import { ioErrors } from './io-errors/io-errors.ts';
import { testSmall } from './small.ts';

testSmall(ioErrors);
