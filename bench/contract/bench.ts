import type { Asked } from '../systems/asked.ts';
import type { ContractSubjects } from './subjects.ts';

/** What every figure is measured with. */
export interface Bench {
  subjects: ContractSubjects;
  /** The published reference, when it is measured beside. */
  reference: Asked | undefined;
  rounds: number;
}
