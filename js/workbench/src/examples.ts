// SPDX-License-Identifier: MIT
//
// examples.ts: the data sets that lie beside the page (made by scripts/examples.mjs), each with questions to begin with.
export interface Example {
  title: string;
  table: string;
  file: string;
  bytes: number;
  about: string;
  queries: string[];
}

/** What this server has; a page served without examples has none. */
export async function examples(): Promise<Example[]> {
  try {
    const response = await fetch("examples/index.json");
    return response.ok && /json/.test(response.headers.get("content-type") ?? "") ? ((await response.json()) as Example[]) : [];
  } catch {
    return [];
  }
}

export async function fetchExample({ file }: Example): Promise<File> {
  const response = await fetch(`examples/${file}`);
  if (!response.ok) throw new Error(`Could not fetch ${file}: ${response.status} ${response.statusText}`);
  return new File([await response.blob()], file, { type: "text/csv" });
}
