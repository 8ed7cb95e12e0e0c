/** The most that calls have held. */
export interface Peaks {
  rssBytes: number;
  /** Of one GPU; null where nobody could tell, 0 where it used none. */
  vramBytes: number | null;
}

/** What is known of how much an instance needs, under the configuration that it has now. */
export interface Need {
  /** Of completed calls; null before anybody has looked. */
  measured: Peaks | null;
  /** Of calls that failed: they may have ended before they needed most, or because of it. */
  failed: Peaks | null;
  /** A first guess of whoever wrote or declared it, by resource: `ram`, `gpu/vram`, `gpu:1/vram`, `cpu`. */
  declared: { readonly [resource: string]: number };
  /** The GPU that its worker was started on. */
  device: number | null;
}

/**
 * What a claim rests on. A `profile` is what was measured. `declared` and `measuring` are guesses: after a while the
 * one makes do with what there is where nothing of ours is in the way, and the other anywhere.
 */
export type Basis = 'profile' | 'declared' | 'measuring';

export const noNeed: Need = { measured: null, failed: null, declared: {}, device: null };

const vramPattern = /^gpu(?::(\d+))?\/vram$/;

/** The GPU memory that was declared, on which device if one was named; null where none was. */
export function declaredVram({ declared }: Need): { amount: number; device: number | null } | null {
  for (const [resource, amount] of Object.entries(declared)) {
    const found = vramPattern.exec(resource);
    if (found === null) continue;
    return { amount, device: found[1] === undefined ? null : Number(found[1]) };
  }
  return null;
}

/** Whether it has to do with a GPU at all: it was said to, or it was ever seen to. */
export const usesGpu = (need: Need): boolean =>
  declaredVram(need) !== null ||
  (need.measured?.vramBytes ?? 0) > 0 ||
  (need.failed?.vramBytes ?? 0) > 0;

/** What was declared beside memory: cores, pieces. */
export const declaredOthers = ({ declared }: Need): [resource: string, amount: number][] =>
  Object.entries(declared).filter(
    ([resource]) => resource !== 'ram' && !vramPattern.test(resource),
  );
