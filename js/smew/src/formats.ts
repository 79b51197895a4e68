// SPDX-License-Identifier: MIT
//
// formats.ts: tells files that are no CSV by their first bytes or their name, before they are read as such; text of other
// encodings as UTF-8.
import { smewError } from "./error.js";

const BY_BYTES: readonly [format: string, offset: number, bytes: string][] = [
  ["a Parquet file", 0, "PAR1"],
  ["an Arrow file", 0, "ARROW1"],
  ["a SQLite database", 0, "SQLite format 3\0"],
  ["a DuckDB database", 8, "DUCK"],
  ["a Smew database", 0, "SMEWDB\0"],
  ["a zip archive or Excel file", 0, "PK\x03\x04"],
  ["a PDF", 0, "%PDF-"],
  ["a PNG image", 0, "\x89PNG"],
  ["a JPEG image", 0, "\xff\xd8\xff"],
  ['text in UTF-16 ({ encoding: "utf-16le" } reads it)', 0, "\xff\xfe"],
  ['text in UTF-16 ({ encoding: "utf-16be" } reads it)', 0, "\xfe\xff"],
];
const BY_NAME: readonly [format: string, name: RegExp][] = [
  ["JSON", /\.(json|ndjson|jsonl|geojson|topojson)(\.gz)?$/i],
  ["a Parquet file", /\.parquet$/i],
  ["an Arrow file", /\.(arrow|feather)$/i],
];

/** Throws UNSUPPORTED when the file is of a format that cannot be imported. `format: "csv"` goes around it. */
export async function refuseOtherFormats(name: string, source: unknown): Promise<void> {
  const start = await firstBytes(source);
  const found =
    BY_BYTES.find(([, offset, bytes]) => start.startsWith(bytes, offset)) ?? BY_NAME.find(([, pattern]) => pattern.test(name));
  if (found) throw smewError("UNSUPPORTED", `"${name}" is ${found[0]}; only CSV can be imported yet`);
}

async function firstBytes(source: unknown): Promise<string> {
  let bytes = new Uint8Array(0);
  if (source instanceof Blob) bytes = new Uint8Array(await source.slice(0, 16).arrayBuffer().catch(() => bytes)); // reading it tells why
  else if (source instanceof ArrayBuffer) bytes = new Uint8Array(source, 0, Math.min(16, source.byteLength));
  else if (source instanceof Uint8Array) bytes = Uint8Array.from(source.subarray(0, 16));
  return String.fromCharCode(...bytes);
}

/** A file's text as UTF-8, made in pieces, never whole in this script's memory. */
export async function asUtf8(source: unknown, encoding: string): Promise<Blob> {
  if (!(source instanceof Blob || source instanceof Uint8Array || source instanceof ArrayBuffer)) {
    throw smewError("INVALID_INPUT", "encoding is for Files, Blobs and bytes");
  }
  let decoder: TextDecoderStream;
  try {
    decoder = new TextDecoderStream(encoding);
  } catch {
    throw smewError("INVALID_INPUT", `"${encoding}" is no encoding that TextDecoder knows`);
  }
  const blob = source instanceof Blob ? source : new Blob([source as BlobPart]);
  // A decoder takes any buffer source, its type in TypeScript only some.
  const text = blob.stream().pipeThrough(decoder as unknown as ReadableWritablePair<string, Uint8Array>);
  return new Response(text.pipeThrough(new TextEncoderStream())).blob();
}
