import {
  type Figure,
  moreIsBetter,
  type Ratio,
  ratioTo,
  type SideName,
  speedTo,
  type Unit,
} from '../measure/figure.ts';
import { factor } from './amounts.ts';

/** Between these, two sides are told to be the same: no run is quieter. */
const even = { above: 1 / 1.05, below: 1.05 };

/** How we stand beside a side, in words that say which way the number points; null where it was not measured. */
export function beside(figure: Figure, side: SideName): string | null {
  if (side === 'floor') return besideFloor(figure);
  const speed = speedTo(figure, side);
  if (speed === null || !Number.isFinite(speed.middle)) return null;
  const [better, worse] = wordsOf(figure.unit);
  if (speed.middle > even.above && speed.middle < even.below) return `the same${spread(speed)}`;
  return speed.middle > 1
    ? `${factor(speed.middle)} x ${better}${spread(speed)}`
    : `${factor(1 / speed.middle)} x ${worse}${spread(inverse(speed))}`;
}

/** A floor is what nothing can be better than: so many times of it, or so much below the most that can be. */
function besideFloor(figure: Figure): string | null {
  const ratio = ratioTo(figure, 'floor');
  if (ratio === null || !Number.isFinite(ratio.middle)) return null;
  if (!moreIsBetter(figure.unit)) return `${factor(ratio.middle)} x the floor${spread(ratio)}`;
  const most = inverse(ratio);
  return most.middle >= 1
    ? `${factor(most.middle)} x slower than the floor${spread(most)}`
    : `${factor(ratio.middle)} x faster than the floor${spread(ratio)}`;
}

function wordsOf(unit: Unit): [better: string, worse: string] {
  if (unit === 'MB') return ['smaller', 'larger'];
  return unit === 'times' ? ['less', 'more'] : ['faster', 'slower'];
}

const inverse = ({ middle, lowest, highest }: Ratio): Ratio => ({
  middle: 1 / middle,
  lowest: 1 / highest,
  highest: 1 / lowest,
});

const spread = ({ lowest, highest }: Ratio): string =>
  lowest === highest ? '' : ` (${factor(lowest)}-${factor(highest)})`;
