export type {
  Headroom,
  Measured,
  MeasuredGpu,
  MeasuredMachine,
  MeasuredTree,
  Own,
} from './capacity.ts';
export { amountOf, capacityFrom, demandOf, freeOf, vramOf } from './capacity.ts';
export type { AgedWaiter, SeatInTheWay } from './give-way.ts';
export { givesWay } from './give-way.ts';
export type { AdmissionPolicy, AtTheLadder, Rung } from './ladder.ts';
export { ladder } from './ladder.ts';
export type { Basis, Need, Peaks } from './need.ts';
export { declaredVram, noNeed, usesGpu } from './need.ts';
export type { FailedForMemory, ReactiveDecision } from './reactive.ts';
export { memoryRetries, reactive } from './reactive.ts';
export type { RoomPlan, RoomRequest } from './room.ts';
export { planRoom } from './room.ts';
export type { EvictionChoice, EvictionRequest, Resident } from './victims.ts';
export { chooseVictims } from './victims.ts';
export type { ShortOf } from './wording.ts';
export { shortOf, waitText } from './wording.ts';
