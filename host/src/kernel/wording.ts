/** `0.4 s`, `12 s`, `4 min`, `1 h 20 min`, `3 d 4 h`: for a sentence, not for a table. */
export function durationText(ms: number): string {
  const all = Math.max(0, ms);
  if (all < 1000) return `${Math.round(all)} ms`;
  if (all < 9950) return `${Number((all / 1000).toFixed(1))} s`;
  const seconds = Math.round(all / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return two(seconds, 60, 'min', 's', seconds < 600);
  if (seconds < 86_400) return two(Math.round(seconds / 60), 60, 'h', 'min', true);
  return two(Math.round(seconds / 3600), 24, 'd', 'h', true);
}

function two(small: number, factor: number, big: string, little: string, both: boolean): string {
  const whole = Math.floor(small / factor);
  const rest = small % factor;
  return both && rest > 0 ? `${whole} ${big} ${rest} ${little}` : `${whole} ${big}`;
}

/** With the full stop that ends it. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
