import type { Json, JsonObject } from '@capstan/protocol';
import { Matcher, type Spelling } from './matcher.ts';
import { shortestSearched, spellingsOf } from './spellings.ts';
import { viewsOf } from './views.ts';

/**
 * Takes the values of one capability's secrets out of whatever is said about it: the values as they are, and
 * as they look after the usual encodings and escapes. In their place stands `[secret NAME]`.
 *
 *     new Redactor({ TOKEN: 'hunter2hunter2' }).text('?t=hunter2%68unter2')  // '?t=[secret TOKEN]'
 *
 * A value of less than four characters stands in much innocent text; it is taken out only where it is all
 * of a text.
 */
export class Redactor {
  readonly #matcher: Matcher | null;
  readonly #wholes = new Map<string, string>();
  /** Texts shorter than every spelling need no look. */
  readonly #shortest: number;
  readonly #hasNumbers: boolean;
  readonly #hasBackslash: boolean;

  /** `secrets`: by name, as the worker gets them. */
  constructor(secrets: { readonly [name: string]: string } = {}) {
    const given = Object.entries(secrets).filter(([, value]) => value !== '');
    const values = given.map(([, value]) => value);
    const spellings: Spelling[] = [];
    for (const [name, value] of given) {
      const mask = maskFor(name, values);
      if (Array.from(value).length < shortestSearched) this.#wholes.set(value, mask);
      else spellings.push(...spellingsOf(value).map((text) => ({ text, mask })));
    }
    this.#matcher = spellings.length === 0 ? null : new Matcher(spellings);
    this.#shortest = Math.min(...spellings.map(({ text }) => text.length));
    this.#hasBackslash = values.some((value) => value.includes('\\'));
    this.#hasNumbers = values.some((value) => /^[-+.\deE]+$/.test(value));
  }

  /** Nothing to take out: callers may skip it altogether. */
  get isEmpty(): boolean {
    return this.#matcher === null && this.#wholes.size === 0;
  }

  text(text: string): string {
    const whole = this.#wholes.size === 0 ? undefined : this.#wholes.get(text.trim());
    if (whole !== undefined) return whole;
    const places = text.length < this.#shortest ? [] : this.#placesIn(text, false);
    return masked(text, [...places, ...this.#beforeDots(text)]);
  }

  /** A text that was cut off at its end: it may end with the beginning of a value, or of an escape in one. */
  cutText(text: string): string {
    return masked(text, [...this.#placesIn(text, false), ...this.#atTheEnd(text)]);
  }

  /** Where there is one in a text. */
  placesIn(text: string): Place[] {
    return this.#placesIn(text, false);
  }

  /** Programs shorten what they quote, to `sk-live-01…` for example. */
  #beforeDots(text: string): Place[] {
    if (!text.includes('…') && !text.includes('...')) return [];
    return Array.from(text.matchAll(dots))
      .slice(0, mostDots)
      .flatMap(({ index }) => {
        const from = Math.max(0, index - longestBeginning);
        return this.#atTheEnd(text.slice(from, index)).map((place) => ({
          from: place.from + from,
          to: place.to + from,
          mask: place.mask,
        }));
      });
  }

  #atTheEnd(text: string): Place[] {
    const [halfEscape = ''] = halfAnEscape.exec(text) ?? [];
    const sure = text.slice(0, text.length - halfEscape.length);
    const last = sure.slice(-longestBeginning);
    const before = sure.length - last.length;
    return this.#placesIn(last, true)
      .filter(({ to }) => to === last.length)
      .map(({ from, mask }) => ({ from: from + before, to: text.length, mask }));
  }

  #placesIn(text: string, isCut: boolean): Place[] {
    const places: Place[] = [];
    if (this.#matcher === null) return places;
    for (const { text: seen, origin } of viewsOf(text, this.#hasBackslash)) {
      this.#matcher.find(seen, isCut, (from, to, { mask }) =>
        places.push({ from: origin(from), to: origin(to), mask }),
      );
    }
    return places;
  }

  /** A copy without them, in keys and values; the value itself where it holds none. */
  json(value: Json): Json {
    if (this.isEmpty) return value;
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.#hasNumbers ? this.#number(value) : value;
    if (typeof value !== 'object' || value === null) return value;
    return Array.isArray(value) ? this.#list(value) : this.object(value);
  }

  object<T extends JsonObject>(value: T): T {
    if (this.isEmpty) return value;
    let copy: [string, Json][] | null = null;
    const entries = Object.entries(value);
    entries.forEach(([key, item], index) => {
      const shown: [string, Json] = [this.text(key), this.json(item)];
      if (shown[0] === key && shown[1] === item && copy === null) return;
      copy ??= entries.slice(0, index);
      copy.push(shown);
    });
    return copy === null ? value : (Object.fromEntries(distinct(copy)) as T);
  }

  #number(value: number): Json {
    const text = String(value);
    const shown = this.text(text);
    return shown === text ? value : shown;
  }

  #list(value: Json[]): Json {
    if (isBytes(value)) {
      // What a program makes of a buffer that it hands to JSON.
      const text = Buffer.from(value).toString('latin1');
      if (this.text(text) !== text) return this.text(value.join(','));
    }
    let copy: Json[] | null = null;
    value.forEach((item, index) => {
      const shown = this.json(item);
      if (shown === item && copy === null) return;
      copy ??= value.slice(0, index);
      copy.push(shown);
    });
    return copy ?? value;
  }
}

const dots = /…|\.{3,}/g;
/** Of one text. What is all dots is no quotation, and must not take for ever. */
const mostDots = 64;
/** Enough for the searched beginning of a value that is escaped twice. */
const longestBeginning = 512;

/** At the end of a text; also half a character, which shows as U+FFFD. */
const halfAnEscape =
  /(?:\ufffd{1,3}|%[0-9A-Fa-f]?|\\(?:u\{?[0-9A-Fa-f]{0,5}|U[0-9A-Fa-f]{0,7}|x[0-9A-Fa-f]?|[0-3][0-7]?)?|&#?\w{0,7})$/;

/** Where a secret stands in a text, and what is to stand there. */
export interface Place {
  from: number;
  to: number;
  mask: string;
}

/** A name may hold the value, or a word of ours may; then nothing is said in its place. */
function maskFor(name: string, values: readonly string[]): string {
  const mask = `[secret ${name}]`;
  return values.some((value) => value.length > 0 && mask.includes(value)) ? '***' : mask;
}

/** Places that overlap become one. */
export function masked(text: string, places: Place[]): string {
  if (places.length === 0) return text;
  const parts: string[] = [];
  let read = 0;
  let open: Place | null = null;
  const close = (): void => {
    if (open === null) return;
    parts.push(text.slice(read, open.from), open.mask);
    read = open.to;
  };
  for (const place of places.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (open !== null && place.from < open.to) open.to = Math.max(open.to, place.to);
    else {
      close();
      open = { ...place };
    }
  }
  close();
  return parts.join('') + text.slice(read);
}

/** Two keys that look the same now stay two. */
function distinct(entries: [string, Json][]): [string, Json][] {
  const seen = new Map<string, number>();
  return entries.map(([key, value]) => {
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return [times === 1 ? key : `${key} (${times})`, value];
  });
}

const isBytes = (value: readonly Json[]): value is number[] =>
  value.length >= shortestSearched &&
  value.every(
    (item) => typeof item === 'number' && Number.isInteger(item) && item >= 0 && item <= 255,
  );
