// SPDX-License-Identifier: MIT
//
// examples.mjs FOLDER: writes the examples of the page into FOLDER: data sets of npm's vega-datasets as CSV, and index.json
// with what the page tells of them. Sets that are JSON there (arrays of flat objects) are written as CSV.
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const data = fileURLToPath(new URL("../node_modules/vega-datasets/data/", import.meta.url));
const folder = process.argv[2];
if (!folder) throw new Error("examples.mjs FOLDER");
mkdirSync(folder, { recursive: true });

const EXAMPLES = [
  {
    title: "Airports", table: "airports", from: "airports.csv", about: "Airports of the United States",
    queries: [
      "SELECT state, count(*) AS airports\nFROM airports\nGROUP BY state\nORDER BY airports DESC\nLIMIT 10",
      "-- The northernmost airport of each state\nSELECT state, arg_max(name, latitude) AS northernmost, round(max(latitude), 2) AS latitude\nFROM airports\nGROUP BY ALL\nORDER BY latitude DESC",
    ],
  },
  {
    title: "Bird strikes", table: "birdstrikes", from: "birdstrikes.csv", about: "Collisions of aircraft with wildlife, FAA",
    queries: [
      'SELECT "Wildlife Species" AS species, count(*) AS strikes, sum("Cost Total $") AS cost\nFROM birdstrikes\nGROUP BY species\nORDER BY strikes DESC\nLIMIT 20',
      'SELECT "Phase of flight" AS phase, "Time of day" AS time, count(*) AS strikes\nFROM birdstrikes\nGROUP BY ALL\nORDER BY ALL',
      'SELECT date_trunc(\'month\', "Flight Date") AS month, count(*) AS strikes\nFROM birdstrikes\nGROUP BY month\nORDER BY month',
    ],
  },
  {
    title: "Cars", table: "cars", from: "cars.json", about: "Cars of 1970 to 1982",
    queries: [
      'SELECT Origin, count(*) AS cars, round(avg(Miles_per_Gallon), 1) AS mpg, round(avg(Horsepower)) AS horsepower\nFROM cars\nGROUP BY Origin',
      'SELECT year(Year) AS year, round(avg(Miles_per_Gallon), 1) AS mpg\nFROM cars\nGROUP BY ALL\nORDER BY year',
    ],
  },
  {
    title: "Flights", table: "flights", from: "flights-200k.json", about: "200,000 flights: delay, distance and time of departure",
    queries: [
      "SELECT floor(time)::INTEGER AS hour, count(*) AS flights, round(avg(delay), 1) AS delay\nFROM flights\nGROUP BY hour\nORDER BY hour",
      "-- A million rows to scroll through\nSELECT f.*, n AS copy\nFROM flights AS f, range(5) AS copies(n)",
    ],
  },
  {
    title: "Seattle weather", table: "weather", from: "seattle-weather.csv", about: "Four years of daily weather in Seattle",
    queries: [
      "SELECT monthname(date) AS month, round(avg(temp_max), 1) AS high, round(sum(precipitation) / 4) AS rain_mm\nFROM weather\nGROUP BY month, month(date)\nORDER BY month(date)",
      "SELECT weather, count(*) AS days, round(avg(wind), 1) AS wind\nFROM weather\nGROUP BY weather\nORDER BY days DESC",
    ],
  },
  {
    title: "Stocks", table: "stocks", from: "stocks.csv", about: "Monthly prices of five stocks, 2000 to 2010",
    queries: [
      "SELECT symbol, min(price) AS lowest, max(price) AS highest\nFROM stocks\nGROUP BY symbol\nORDER BY symbol",
      "-- Each price as a percentage of the first\nSELECT symbol, strptime(date, '%b %d %Y')::DATE AS day, price,\n  round(100 * price / first_value(price) OVER (PARTITION BY symbol ORDER BY day), 1) AS percent\nFROM stocks\nORDER BY symbol, day",
    ],
  },
  {
    title: "Zip codes", table: "zipcodes", from: "zipcodes.csv", about: "Postal codes of the United States with their places",
    queries: [
      "SELECT city, state, count(*) AS codes\nFROM zipcodes\nGROUP BY ALL\nORDER BY codes DESC\nLIMIT 20",
      "SELECT state, count(DISTINCT county) AS counties, count(*) AS codes\nFROM zipcodes\nGROUP BY state\nORDER BY codes DESC",
    ],
  },
];

function csvOf(rows) {
  const names = [...new Set(rows.slice(0, 1000).flatMap(Object.keys))];
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    const text = String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${[names, ...rows.map((row) => names.map((name) => row[name]))].map((cells) => cells.map(cell).join(",")).join("\n")}\n`;
}

const index = EXAMPLES.map(({ from, ...example }) => {
  const file = `${example.table}.csv`;
  const target = join(folder, file);
  if (from.endsWith(".json")) writeFileSync(target, csvOf(JSON.parse(readFileSync(join(data, from), "utf8"))));
  else copyFileSync(join(data, from), target);
  return { ...example, file, bytes: statSync(target).size };
});
writeFileSync(join(folder, "index.json"), JSON.stringify(index, null, 1));
