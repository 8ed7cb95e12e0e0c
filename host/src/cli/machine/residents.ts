import type { ResidentUse } from '../runtime.ts';
import { type Column, fittedTable } from '../terminal/fitted-table.ts';
import { bytesText, duration } from '../terminal/quantities.ts';
import type { Paint } from '../terminal/style.ts';
import type { Canvas } from './devices.ts';

/** A row per worker that is up: what it does, and what it holds. */
export function residentTable(residents: readonly ResidentUse[], canvas: Canvas): string[] {
  const { style } = canvas;
  const paintOf = ({ isStarting, idleForMs }: ResidentUse): Paint => {
    if (isStarting) return style.yellow;
    return idleForMs === null ? style.green : style.dim;
  };
  const columns: Column[] = [
    { title: 'INSTANCE', worth: 9, cells: residents.map(({ instance }) => instance) },
    {
      title: 'DOES',
      worth: 8,
      cells: residents.map((one) => ({ text: doingText(one), paint: paintOf(one) })),
    },
    { title: 'CPU', worth: 2, cells: residents.map(({ cpuPercent: of }) => percent(of)) },
    { title: 'RAM', worth: 6, cells: residents.map(({ rssBytes: of }) => bytes(of)) },
    { title: 'GPU', worth: 5, cells: residents.map(vramText) },
    { title: 'PROCESS', worth: 1, cells: residents.map(({ pid }) => String(pid ?? '-')) },
  ];
  return fittedTable(columns, canvas);
}

function doingText({ isStarting, callsInFlight: calls, idleForMs }: ResidentUse): string {
  if (isStarting) return 'starts';
  if (calls > 0) return calls === 1 ? '1 call' : `${calls} calls`;
  return idleForMs === null ? 'is being changed' : `idle for ${duration(idleForMs)}`;
}

const percent = (of: number | null): string => (of === null ? '-' : `${Math.round(of)}%`);
const bytes = (of: number | null): string => (of === null ? '-' : bytesText(of));

function vramText({ vramBytes }: ResidentUse): string {
  if (vramBytes === null) return '-';
  const held = Object.entries(vramBytes).filter(([, amount]) => amount > 0);
  return held.length === 0
    ? 'none'
    : held.map(([index, amount]) => `${bytesText(amount)} of gpu:${index}`).join(', ');
}
