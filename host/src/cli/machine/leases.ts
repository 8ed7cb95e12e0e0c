import type { HeldLease, WaitingHolder } from '../runtime.ts';
import { type Column, fittedTable } from '../terminal/fitted-table.ts';
import { oneLine } from '../terminal/plain.ts';
import { age, duration } from '../terminal/quantities.ts';
import type { Canvas } from './devices.ts';

/** A row per lease: who holds what, since when, until when, what for. */
export function leaseTable(leases: readonly HeldLease[], nowMs: number, canvas: Canvas): string[] {
  const { style } = canvas;
  const columns: Column[] = [
    { title: 'HOLDER', worth: 9, cells: leases.map(({ holder }) => oneLine(holder)) },
    { title: 'HOLDS', worth: 8, cells: leases.map(({ holds }) => oneLine(holds.join(', '))) },
    { title: 'SINCE', worth: 3, cells: leases.map(({ since }) => age(since, nowMs)) },
    {
      title: 'ENDS',
      worth: 5,
      cells: leases.map((lease) => ({
        text: endText(lease),
        paint: lease.ended === null && lease.halt === null ? (text) => text : style.yellow,
      })),
    },
    { title: 'OF', worth: 1, cells: leases.map(({ ledger }) => ledger) },
    { title: 'FOR', worth: 2, cells: leases.map(({ purpose }) => oneLine(purpose ?? '-')) },
  ];
  return fittedTable(columns, canvas);
}

function endText({ ended, halt, leftMs, pid }: HeldLease): string {
  if (ended !== null) return `over: ${oneLine(ended)}`;
  if (halt !== null) return `to stop, says ${oneLine(halt.by)}`;
  if (leftMs !== null) return `in ${duration(leftMs)}`;
  return pid === null ? 'when released' : `with process ${pid}`;
}

/** A row per holder in line, the first first. */
export function waiterTable(waiters: readonly WaitingHolder[], canvas: Canvas): string[] {
  const columns: Column[] = [
    { title: 'IN LINE', worth: 9, cells: waiters.map(({ holder }) => oneLine(holder)) },
    { title: 'SINCE', worth: 5, cells: waiters.map(({ waitedMs }) => duration(waitedMs)) },
    { title: 'WANTS', worth: 8, cells: waiters.map(({ wants }) => oneLine(wants.join(', or '))) },
    { title: 'FOR', worth: 1, cells: waiters.map(({ purpose }) => oneLine(purpose ?? '-')) },
  ];
  return fittedTable(columns, canvas);
}
