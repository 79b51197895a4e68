-- Questions to the data sets of npm's vega-datasets, asked of DuckDB by generate.mjs, which writes the answers to vega.test.
-- Statements end with a semicolon at the end of a line; a comment before one is kept. Paths are in the folder of the data.

-- What detection says of the files
DESCRIBE FROM 'birdstrikes.csv';
DESCRIBE FROM 'airports.csv';
DESCRIBE FROM 'zipcodes.csv';
DESCRIBE FROM 'seattle-weather.csv';

-- The files as tables
CREATE TABLE strikes AS FROM 'birdstrikes.csv';
CREATE TABLE airports AS FROM 'airports.csv';
CREATE TABLE zipcodes AS FROM 'zipcodes.csv';
CREATE TABLE weather AS FROM 'seattle-weather.csv';
SELECT (SELECT count(*) FROM strikes), (SELECT count(*) FROM airports), (SELECT count(*) FROM zipcodes), (SELECT count(*) FROM weather);
SELECT count(DISTINCT columns(*)) FROM strikes;
SELECT min(columns(*)), max(columns(*)) FROM weather;

-- Grouping
SELECT "Wildlife Size" AS size, count(*) AS strikes, sum("Cost Total $") AS cost, round(avg("Speed IAS in knots"), 3) AS knots
FROM strikes GROUP BY ALL ORDER BY strikes DESC;
SELECT "Origin State", count(*) AS n, count(*) FILTER (WHERE "Effect Amount of damage" <> 'None') AS damaging,
       median("Cost Total $"), quantile_disc("Cost Total $", 0.9)
FROM strikes GROUP BY 1 HAVING count(*) > 200 ORDER BY n DESC, 1;
SELECT "Phase of flight" AS phase, "Time of day" AS time, count(*) AS n, grouping(phase, time)
FROM strikes GROUP BY CUBE (phase, time) ORDER BY ALL;
SELECT mode("Wildlife Species"), mode("Airport Name"), arg_max("Wildlife Species", "Cost Total $"), max("Cost Total $"),
       stddev("Cost Repair"), corr("Cost Repair", "Cost Total $") > 0.9
FROM strikes;
SELECT "Aircraft Make Model", list("Wildlife Size" ORDER BY "Flight Date", "Wildlife Size")[1:5] AS first_sizes, count(*) AS n
FROM strikes GROUP BY 1 ORDER BY n DESC, 1 LIMIT 8;
SELECT string_agg(DISTINCT "Phase of flight", ', ' ORDER BY "Phase of flight") FROM strikes;

-- Dates
SELECT year("Flight Date") AS year, count(*) AS n, sum("Cost Total $") AS cost FROM strikes GROUP BY 1 ORDER BY 1;
SELECT monthname("Flight Date") AS month, count(*) AS n FROM strikes GROUP BY month, month("Flight Date") ORDER BY month("Flight Date");
SELECT dayname(date), round(avg(temp_max), 2), max(precipitation) FROM weather GROUP BY 1, isodow(date) ORDER BY isodow(date);
SELECT date_trunc('quarter', date) AS quarter, round(sum(precipitation), 1) AS rain, min(temp_min), max(temp_max)
FROM weather GROUP BY 1 ORDER BY 1;
SELECT strftime(date, '%Y-%m') AS month, count(*) FILTER (WHERE weather = 'sun') AS sunny FROM weather GROUP BY ALL ORDER BY sunny DESC, month LIMIT 6;
SELECT max(date) - min(date), date_diff('month', min(date), max(date)), age(max(date), min(date)), count(*) FROM weather;
SELECT date, temp_max FROM weather WHERE date BETWEEN DATE '2015-06-25' AND DATE '2015-06-25' + INTERVAL 9 DAYS ORDER BY temp_max DESC, date;

-- Joins
SELECT a.iata, a.name, a.city, count(*) AS zips FROM airports a JOIN zipcodes z ON z.city = a.city AND z.state = a.state
GROUP BY ALL ORDER BY zips DESC, a.iata LIMIT 10;
SELECT a.state, count(DISTINCT a.iata) AS airports, count(DISTINCT z.zip_code) AS zips
FROM airports a FULL JOIN zipcodes z ON a.state = z.state AND a.city = z.city GROUP BY 1 ORDER BY 1 NULLS FIRST LIMIT 12;
SELECT s."Airport Name", count(*) AS n, min(a.iata) AS iata
FROM strikes s LEFT JOIN airports a ON lower(s."Airport Name") = lower(a.name) GROUP BY 1 ORDER BY n DESC, 1 LIMIT 12;
SELECT count(*) FROM strikes s WHERE EXISTS (SELECT 1 FROM airports a WHERE s."Airport Name" ILIKE a.name || '%');
SELECT state, count(*) AS n FROM airports a WHERE NOT EXISTS (SELECT 1 FROM zipcodes z WHERE z.state = a.state) GROUP BY state ORDER BY ALL;
SELECT a.iata, b.iata, round(111.2 * sqrt(pow(a.latitude - b.latitude, 2) + pow((a.longitude - b.longitude) * cos(radians(a.latitude)), 2)), 1) AS km
FROM airports a JOIN airports b ON a.iata < b.iata AND abs(a.latitude - b.latitude) < 0.05 AND abs(a.longitude - b.longitude) < 0.05
ORDER BY km, a.iata, b.iata LIMIT 10;
WITH cost AS (SELECT year("Flight Date") AS year, sum("Cost Total $") AS cost FROM strikes GROUP BY 1)
SELECT c.year, c.cost, c.cost - p.cost AS change FROM cost c LEFT JOIN cost p ON p.year = c.year - 1 ORDER BY c.year;

-- Text
SELECT regexp_extract("Aircraft Make Model", '^[A-Z]+') AS maker, count(*) AS n FROM strikes GROUP BY 1 ORDER BY n DESC, 1 LIMIT 10;
SELECT upper(substr(name, 1, 1)) AS letter, count(*) AS n, max(length(name)) AS longest FROM airports GROUP BY 1 ORDER BY n DESC, 1 LIMIT 10;
SELECT name, replace(name, 'Municipal', 'Mun.') AS short, reverse(iata) FROM airports WHERE name LIKE '%Municipal%' AND state = 'TX' ORDER BY iata LIMIT 5;
SELECT DISTINCT split_part("Wildlife Species", ' ', -1) AS kind FROM strikes WHERE "Wildlife Species" LIKE '%,%' OR "Wildlife Species" ILIKE '%gull' ORDER BY kind;
SELECT zip_code, lpad(zip_code::VARCHAR, 5, '0'), city FROM zipcodes WHERE zip_code::VARCHAR LIKE '%501' AND state = 'NY' ORDER BY ALL LIMIT 6;
SELECT county, string_agg(city, '|' ORDER BY city, zip_code) FROM zipcodes WHERE state = 'DE' AND starts_with(city, 'N') GROUP BY county ORDER BY county;
SELECT levenshtein(a.city, 'Smyrna') AS distance, a.city FROM airports a WHERE distance <= 3 GROUP BY ALL ORDER BY ALL;

-- Windows
SELECT date, temp_max, round(avg(temp_max) OVER (ORDER BY date ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING), 3) AS smooth,
       temp_max - lag(temp_max) OVER (ORDER BY date) AS change
FROM weather ORDER BY date LIMIT 10;
SELECT * FROM (SELECT weather, date, precipitation, rank() OVER (PARTITION BY weather ORDER BY precipitation DESC, date) AS r FROM weather)
WHERE r <= 2 ORDER BY weather, r;
SELECT year(date) AS year, date, wind FROM weather QUALIFY row_number() OVER (PARTITION BY year(date) ORDER BY wind DESC, date) = 1 ORDER BY year;
SELECT "Origin State", n, round(100.0 * n / sum(n) OVER (), 2) AS percent, sum(n) OVER (ORDER BY n DESC, "Origin State") AS running, ntile(4) OVER (ORDER BY n DESC, "Origin State")
FROM (SELECT "Origin State", count(*) AS n FROM strikes GROUP BY 1) ORDER BY n DESC, 1 LIMIT 10;
-- The longest spell of rain: gaps and islands
SELECT min(date) AS from_day, max(date) AS to_day, count(*) AS days, round(sum(precipitation), 1) AS rain
FROM (SELECT *, date - (row_number() OVER (ORDER BY date))::INTEGER AS island FROM weather WHERE precipitation > 0)
GROUP BY island ORDER BY days DESC, from_day LIMIT 3;

-- Sets, nested values, CASE
SELECT city FROM airports WHERE state = 'RI' INTERSECT SELECT city FROM zipcodes WHERE state = 'RI' ORDER BY 1;
SELECT state FROM zipcodes EXCEPT SELECT state FROM airports ORDER BY 1;
SELECT state, list_sort(list_distinct(list(county))) AS counties FROM zipcodes WHERE state IN ('DE', 'RI', 'HI') GROUP BY state ORDER BY state;
SELECT CASE WHEN temp_max < 5 THEN 'cold' WHEN temp_max < 15 THEN 'cool' WHEN temp_max < 25 THEN 'mild' ELSE 'warm' END AS feel,
       count(*) AS n, histogram(weather) FROM weather GROUP BY feel ORDER BY n DESC;
SELECT s.state, s.n, s.top FROM (SELECT state, count(*) AS n, {'city': max_by(city, row(length(city), city)), 'north': max(latitude)} AS top FROM zipcodes GROUP BY state) s ORDER BY n DESC, state LIMIT 5;

-- Changes, and the same questions after them
UPDATE weather SET precipitation = 0 WHERE weather = 'sun' AND precipitation > 0;
DELETE FROM strikes WHERE "Cost Total $" = 0 AND "Effect Amount of damage" = 'None';
SELECT count(*), sum("Cost Total $"), count(DISTINCT "Airport Name") FROM strikes;
SELECT weather, count(*), round(sum(precipitation), 1) FROM weather GROUP BY weather ORDER BY weather;
