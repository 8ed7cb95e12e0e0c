export { Broker, type SeatTold } from './broker.ts';
export { holderOf } from './ask-ledger.ts';
export type { BrokerPolicy, BrokerPorts, SeatLedger, WorkerView } from './ports.ts';
