import type { Device } from '../runtime.ts';
import { type Column, fittedTable } from '../terminal/fitted-table.ts';
import { oneLine } from '../terminal/plain.ts';
import { amountText } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { padEnd, truncate, widthOf } from '../terminal/width.ts';

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
    { title: 'GRANTED', worth: 6, cells: amounts(({ granted }) => granted) },
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

/** Narrower than this a bar shows nothing. */
const leastBar = 8;
const mostBar = 32;

/** A line per device with a bar: ours, others, free. In a narrow terminal less is said, and without the bar. */
export function deviceBars(devices: readonly Device[], canvas: Canvas): string[] {
  const { columns, style } = canvas;
  const longest = Math.max(3, ...devices.map(({ resource }) => widthOf(oneLine(resource))));
  const label = Math.min(longest, Math.max(8, Math.floor(columns / 3)), 28);
  const room = columns - label - 2;
  const said = [fullText, shortText].map((text) => devices.map(text));
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));
  const texts = said.find((each) => room - widest(each) - 2 >= leastBar) ?? said.at(-1) ?? [];
  const width = Math.min(room - widest(texts) - 2, mostBar);
  return devices.map((device, at) => {
    const name = padEnd(truncate(oneLine(device.resource), label), label);
    const bar = width < leastBar ? '' : `${barOf(device, width, canvas)}  `;
    return `${style.bold(name)}  ${bar}${truncate(texts[at] ?? '', room)}`;
  });
}

function fullText(device: Device): string {
  const { resource, total, ours, others, granted, free, busyPercent } = device;
  if (free === null) return shortText(device);
  const parts = [
    ...(ours === null || ours === 0 ? [] : [`ours ${amountText(ours, resource)}`]),
    ...(others === null || others === 0 ? [] : [`others ${amountText(others, resource)}`]),
    ...(ours === null && others === null
      ? [`used${granted === 0 ? '' : ' or granted'} ${amountText(total - free, resource)}`]
      : []),
    ...(granted === 0 ? [] : [`granted ${amountText(granted, resource)}`]),
    shortText(device),
  ];
  const busy = busyPercent === null ? '' : `, ${busyPercent}% busy`;
  return `${parts.join(', ')}${busy}`;
}

function shortText({ resource, total, free }: Device): string {
  const all = amountText(total, resource);
  if (free === null) return `${all}, of which nobody can tell what is used`;
  return `free ${free === 0 ? 'nothing' : amountText(free, resource)} of ${all}`;
}

function barOf({ total, ours, free }: Device, width: number, canvas: Canvas): string {
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
