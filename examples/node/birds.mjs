// SPDX-License-Identifier: MIT
//
// birds.mjs [DATABASE]: a database in a file, from Node: import a CSV, ask, change in a transaction, read rows as they come.
//
//   npm install && node birds.mjs birds.smew
import { open } from "smew";

const csv = `species,place,seen,birds
smew,Oder,2025-01-04,12
mallard,Oder,2025-01-04,140
goosander,Havel,2025-01-11,9
smew,Havel,2025-01-18,7
mallard,Havel,2025-01-18,95
`;

const db = await open(process.argv[2] ?? ":memory:");
try {
  const { rows } = await db.importFile("sightings", new TextEncoder().encode(csv), { mode: "replace" });
  console.log(`${rows} sightings`);

  const most = await db.rows("SELECT species, sum(birds) AS birds FROM sightings GROUP BY ALL ORDER BY birds DESC LIMIT ?", [2]);
  for (const { species, birds } of most) console.log(`${species}: ${birds}`);

  // Both or neither.
  await db.transaction(async (tx) => {
    await tx.exec("UPDATE sightings SET birds = birds - 1 WHERE species = 'smew' AND place = 'Oder'");
    await tx.exec("UPDATE sightings SET birds = birds + 1 WHERE species = 'smew' AND place = 'Havel'");
  });

  // Arrow tables as they come, in bounded memory.
  let total = 0;
  for await (const batch of db.stream("FROM range(1000000) AS numbers(n)")) total += batch.numRows;
  console.log(`${total} rows streamed`);

  try {
    await db.query("SELECT bird FROM sightings");
  } catch (error) {
    console.log(`${error.code} at ${error.position}: ${error.message.split("\n")[0]}`);
  }
} finally {
  await db.close();
}
