import { type FileHandle, open } from 'node:fs/promises';

const BARS = 160;

/** The length of a 16-bit mono WAV file and the loudness (0 to 1) of each of its 160 equal parts. */
export async function readWaveform(path: string): Promise<{ seconds: number; peaks: number[] }> {
  await using file = await open(path);
  const { rate, start, bytes } = await findSamples(file);
  const part = Math.max(2, Math.ceil(bytes / BARS / 2) * 2);
  const peaks: number[] = [];
  for (let at = 0; at < bytes; at += part) {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(Math.min(part, bytes - at)),
      0,
      null,
      start + at,
    );
    peaks.push(loudness(buffer.subarray(0, bytesRead - (bytesRead % 2))));
  }
  const loudest = Math.max(...peaks, 0.01);
  return {
    seconds: Math.round((bytes / 2 / rate) * 1000) / 1000,
    peaks: peaks.map((peak) => Math.round((peak / loudest) * 100) / 100),
  };
}

async function findSamples(
  file: FileHandle,
): Promise<{ rate: number; start: number; bytes: number }> {
  const head = Buffer.alloc(4096);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  if (head.toString('latin1', 0, 4) !== 'RIFF') throw new Error('the recording is not a WAV file');
  let rate = 0;
  for (let at = 12; at + 8 <= bytesRead; ) {
    const kind = head.toString('latin1', at, at + 4);
    const size = head.readUInt32LE(at + 4);
    if (kind === 'fmt ') rate = head.readUInt32LE(at + 12);
    if (kind === 'data') {
      const left = (await file.stat()).size - at - 8;
      return { rate, start: at + 8, bytes: Math.min(size, left) };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error('the WAV file holds no samples');
}

/** Root mean square, which the ear calls loud; a single click does not count. */
function loudness(samples: Buffer): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i += 2) sum += (samples.readInt16LE(i) / 32768) ** 2;
  return Math.sqrt(sum / Math.max(1, samples.length / 2));
}
