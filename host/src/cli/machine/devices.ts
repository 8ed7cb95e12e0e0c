import type { Device } from '../runtime.ts';
import { type Column, fittedTable } from '../terminal/fitted-table.ts';
import { oneLine } from '../terminal/plain.ts';
import { amountText } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';

/** How something is painted: where to, how wide, and whether a person watches. */
export interface Canvas {
  columns: number;
  style: Style;
  unicode: boolean;
}

/** A row per device: what there is of it, and who uses how much. */
export function deviceTable(devices: readonly Device[], canvas: Canvas): string[] {
  const amounts = (of: (device: Device) => number | null): string[] =>
    devices.map((device) => {
      const amount = of(device);
      return amount === null ? '-' : amountText(amount, device.resource);
    });
  const columns: Column[] = [
    { title: 'RESOURCE', worth: 9, cells: devices.map(({ resource }) => oneLine(resource)) },
    { title: 'TOTAL', worth: 3, cells: amounts(({ total }) => total) },
    { title: 'OURS', worth: 5, cells: amounts(({ ours }) => ours) },
    { title: 'OTHERS', worth: 4, cells: amounts(({ others }) => others) },
    { title: 'FREE', worth: 8, cells: amounts(({ free }) => free) },
    { title: 'WHAT IT IS', worth: 1, cells: devices.map(whatItIs) },
  ];
  return fittedTable(columns, canvas);
}

function whatItIs({ resource, name, busyPercent }: Device): string {
  const busy = busyPercent === null ? '' : `, ${busyPercent}% busy`;
  if (name !== null) return `${oneLine(name)}${busy}`;
  if (resource === 'cpu') return 'processor cores';
  if (resource === 'ram') return 'memory';
  return resource.startsWith('disk:') ? 'the disk this folder is on' : '';
}

/** A line per device with a bar: ours, others, free. */
export function deviceBars(devices: readonly Device[], canvas: Canvas): string[] {
  const { columns, style } = canvas;
  const labels = devices.map(({ resource }) => oneLine(resource));
  const label = Math.min(Math.max(...labels.map(({ length }) => length), 3), 24);
  return devices.map((device, at) => {
    const name = (labels[at] ?? '').slice(0, label).padEnd(label);
    const said = barText(device);
    const room = columns - label - 2 - said.length - 2;
    const bar = room < 8 ? '' : `${barOf(device, Math.min(room, 32), canvas)}  `;
    const text = said.slice(0, Math.max(0, columns - label - 2 - (bar === '' ? 0 : room)));
    return `${style.bold(name)}  ${bar}${bar === '' ? text : said}`;
  });
}

function barText({ resource, total, ours, others, free, busyPercent }: Device): string {
  const all = amountText(total, resource);
  if (free === null) return `${all}, nobody can tell how much of it is used`;
  const parts = [
    ...(ours === null || ours === 0 ? [] : [`ours ${amountText(ours, resource)}`]),
    ...(others === null || others === 0 ? [] : [`others ${amountText(others, resource)}`]),
    ...(ours === null && others === null ? [`used ${amountText(total - free, resource)}`] : []),
    `free ${free === 0 ? 'nothing' : amountText(free, resource)} of ${all}`,
  ];
  const busy = busyPercent === null ? '' : `, ${busyPercent}% busy`;
  return `${parts.join(', ')}${busy}`;
}

function barOf({ total, ours, others, free }: Device, width: number, canvas: Canvas): string {
  const { style, unicode } = canvas;
  const [own, other, none] = unicode ? ['█', '▒', '░'] : ['#', '=', '.'];
  const used = free === null ? 0 : total - free;
  const ownWidth = widthOfPart(ours ?? 0, total, width);
  const usedWidth = Math.max(ownWidth, widthOfPart(used, total, width));
  return (
    style.green(own.repeat(ownWidth)) +
    style.yellow(other.repeat(usedWidth - ownWidth)) +
    style.dim(none.repeat(width - usedWidth))
  );
}

/** What there is any of is seen. */
function widthOfPart(amount: number, total: number, width: number): number {
  if (amount <= 0 || total <= 0) return 0;
  return Math.min(width, Math.max(1, Math.round((amount / total) * width)));
}
