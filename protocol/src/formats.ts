/**
 * The `format`s of JSON Schema that are checked, alike by the host and by every SDK: whether a text is one.
 * All others only tell a form what to show.
 */
export const formats: { readonly [format: string]: (text: string) => boolean } = {
  date: isDate,
  time: isTime,
  'date-time': isDateTime,
  duration: (text) =>
    /^P(?!$)((\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?|\d+W)$/.test(text),
  email: (text) => /^[^\s@"(),:;<>[\\\]]{1,64}@[^\s@]+$/.test(text) && isHostname(afterAt(text)),
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  uri: (text) => /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(text),
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
};

function isDate(text: string): boolean {
  const [, year, month, day] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}

function daysOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap
    ? 29
    : ([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0);
}

const timePattern = /^(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-](\d\d):(\d\d))$/i;

function isTime(text: string): boolean {
  const [, hour = '', minute = '', second = '', , , offsetHour = '0', offsetMinute = '0'] =
    timePattern.exec(text) ?? [];
  if (hour === '') return false;
  return (
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 61 &&
    Number(offsetHour) < 24 &&
    Number(offsetMinute) < 60
  );
}

function isDateTime(text: string): boolean {
  const [date = '', time = '', ...more] = text.split(/[Tt ]/);
  return more.length === 0 && isDate(date) && isTime(time);
}

function isHostname(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  return (
    text.length <= 253 && labels.every((label) => /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/.test(label))
  );
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return (
    parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  );
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1);
  const endsInIpv4 = last?.includes('.') === true;
  if (endsInIpv4 && !isIpv4(last)) return false;
  const hex = endsInIpv4 ? groups.slice(0, -1) : groups;
  const count = hex.length + (endsInIpv4 ? 2 : 0);
  if (!hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return halves.length === 2 ? count < 8 : count === 8;
}

const afterAt = (text: string): string => text.slice(text.lastIndexOf('@') + 1);
