/**
 * A pattern is a sequence of items one of which, `many`, stands for any number of anything: characters in a name
 * with `*`, names in a path with `**`. Both levels ask the same two questions.
 */
export interface Alphabet<Item, Piece> {
  many: Item;
  /** A piece that both items stand for, or null. Neither is `many`. */
  both: (a: Item, b: Item) => Piece | null;
  /** A piece that the item stands for. It is not `many`. */
  one: (item: Item) => Piece;
}

/**
 * The pieces of something that both sequences match, or null when there is nothing: a search through the product
 * of the two, which looks at every pair of places once.
 */
export function commonSequence<Item, Piece>(
  a: readonly Item[],
  b: readonly Item[],
  { many, both, one }: Alphabet<Item, Piece>,
  start = 0,
): Piece[] | null {
  const width = b.length + 1;
  const isVisited = new Uint8Array((a.length + 1) * width);
  const found: Piece[] = [];
  return leadsToEnd(start, start) ? found.toReversed() : null;

  function leadsToEnd(i: number, j: number): boolean {
    if (i === a.length && j === b.length) return true;
    const place = i * width + j;
    if (isVisited[place] === 1) return false;
    isVisited[place] = 1;
    const left = i < a.length ? (a[i] as Item) : null;
    const right = j < b.length ? (b[j] as Item) : null;
    if (left === many) {
      if (leadsToEnd(i + 1, j)) return true;
      if (right === many) return leadsToEnd(i, j + 1);
      return right !== null && leadsToEnd(i, j + 1) && found.push(one(right)) > 0;
    }
    if (right === many) {
      if (leadsToEnd(i, j + 1)) return true;
      return left !== null && leadsToEnd(i + 1, j) && found.push(one(left)) > 0;
    }
    if (left === null || right === null) return false;
    const piece = both(left, right);
    return piece !== null && leadsToEnd(i + 1, j + 1) && found.push(piece) > 0;
  }
}

/** Whether the pieces from `start` on match the items from `start` on; goes back to the last `many` only. */
export function matchesSequence<Item, Piece>(
  items: readonly Item[],
  pieces: readonly Piece[],
  many: Item,
  matches: (item: Item, piece: Piece) => boolean,
  start = 0,
): boolean {
  let item = start;
  let piece = start;
  let lastMany = -1;
  let resumeAt = 0;
  while (piece < pieces.length) {
    if (item < items.length && items[item] === many) {
      lastMany = item++;
      resumeAt = piece;
    } else if (item < items.length && matches(items[item] as Item, pieces[piece] as Piece)) {
      item++;
      piece++;
    } else if (lastMany >= 0) {
      item = lastMany + 1;
      piece = ++resumeAt;
    } else {
      return false;
    }
  }
  while (item < items.length && items[item] === many) item++;
  return item === items.length;
}
