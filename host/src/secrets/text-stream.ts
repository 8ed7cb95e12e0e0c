import { masked, type Place, type Redactor } from './redactor.ts';

/** More than the longest value in its longest escape. */
const heldBack = 256 * 1024;

/**
 * Takes secrets out of a text that comes in pieces, without holding all of it. What may be the beginning of a
 * value is held back until more has come. JSON stays JSON: in place of digits stand digits.
 */
export class TextStream {
  readonly #redactor: Redactor;
  #held = '';
  /** Something was taken out. */
  hasTaken = false;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  push(piece: string): string {
    this.#held += piece;
    return this.#held.length < 2 * heldBack ? '' : this.#release(this.#held.length - heldBack);
  }

  end(): string {
    return this.#release(this.#held.length);
  }

  #release(most: number): string {
    const text = this.#held;
    const places = this.#redactor.placesIn(text);
    let end = most === text.length ? most : beforeEscapes(text, most);
    for (const { from, to } of places) if (from < end && to > end) end = from;
    // A place that began before and ended behind another's beginning has moved the end again.
    const inside = places.filter(({ to }) => to <= end);
    this.#held = text.slice(end);
    this.hasTaken ||= inside.length > 0;
    return masked(
      text.slice(0, end),
      inside.map((place) => stillJson(text, place)),
    );
  }
}

/** Behind a quote no escape is half read. */
const beforeEscapes = (text: string, most: number): number => {
  const quote = text.lastIndexOf('"', most - 1);
  return quote < most - 4096 ? most : quote + 1;
};

function stillJson(text: string, place: Place): Place {
  const taken = text.slice(place.from, place.to);
  return /^\d+$/.test(taken) ? { ...place, mask: '9'.repeat(taken.length) } : place;
}
