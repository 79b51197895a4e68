// SPDX-License-Identifier: MIT
//
// functions.mjs: the functions that both engines have, with DuckDB's signatures (duckdb_functions()), without those whose
// answer is not determined by their arguments.
import { excludedFunctions } from "./exclusions.mjs";

// DuckDB's names of types, as literals are made for them here. What is not here and no placeholder is left out.
const known = {
  "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ", "TIME WITH TIME ZONE": "TIMETZ",
  "VARCHAR[]": "VARCHAR[]", "DOUBLE[]": "DOUBLE[]", "INTEGER[]": "INTEGER[]", "BIGINT[]": "INTEGER[]", DECIMAL: "DECIMAL(9,2)",
};
for (const type of ["BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "VARCHAR", "BLOB", "BIT", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "INTERVAL", "UUID"]) known[type] = type;
for (const placeholder of ["ANY", "T", "V", "K", "T[]", "ANY[]", "V[]", "K[]", "MAP(K, V)", "STRUCT", "LAMBDA", "UNION", "MAP"]) known[placeholder] = placeholder;

const placeholders = new Set(["ANY", "T", "V", "K", "T[]", "ANY[]", "V[]", "K[]", "MAP(K, V)", "STRUCT", "LAMBDA", "UNION", "MAP"]);

const question = (columns) => `SELECT DISTINCT ${columns} FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate')`;

/** {scalar, aggregate: [{name, parameters, varargs, returns}], missing: names that Smew does not have}. */
export async function readFunctions(smew, duckdb) {
  const columns = "function_name, function_type, array_to_string(parameter_types, '|'), varargs, return_type";
  const theirs = (await duckdb.run(`${question(columns)} AND stability = 'CONSISTENT' ORDER BY ALL`)).rows;
  const ours = new Set((await smew.run(question("function_name"))).rows.map(([name]) => name));
  const functions = { scalar: [], aggregate: [], missing: new Set() };
  for (const [name, type, parameterTypes, varargs, returns] of theirs) {
    if (excludedFunctions.some((pattern) => pattern.test(name))) continue;
    if (!ours.has(name)) {
      functions.missing.add(name);
      continue;
    }
    const parameters = parameterTypes ? parameterTypes.split("|").map((parameter) => known[parameter]) : [];
    // Lists of parts, formats and groups must be constants that name each of them once.
    if (/^(date_?part|strptime|try_strptime|regexp_extract|regexp_extract_all)$/.test(name) && parameters.includes("VARCHAR[]")) continue;
    if (parameters.includes(undefined) || (varargs && !known[varargs])) continue;
    functions[type].push({ name, parameters, varargs: varargs ? known[varargs] : undefined, returns: placeholders.has(returns) ? undefined : known[returns] });
  }
  return functions;
}
