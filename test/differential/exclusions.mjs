// SPDX-License-Identifier: MIT
//
// exclusions.mjs: what is not compared, and why. Each entry is a fact about DuckDB, not about Smew.

/** Functions whose answer is not specified, or that are not for users. */
export const excludedFunctions = [
  /^__internal/, /^icu_collate/, // internal
  /^(hash|create_sort_key|vector_type|md5_number|timetz_byte_comparable)$/, // DuckDB's own representation
  /^(approx_|reservoir_)/, // approximations
  /^(current_|getvariable|nextval|currval|version|pi$|txid|pg_|uuid|random|now|today|get_current|error$|sleep|write_log)/, // state of the session
  /^parse_(filename|dirname|dirpath|path)$/, // an option that is NULL in some rows
  /^make_timestamptz$|^timezone$/, // ICU's calendar takes month 13; an offset of a day gives garbage
  /^(age|era)$/, // `age` of one argument looks at the clock
  /^(can_cast_implicitly|alias|typeof|sum_no_overflow|constant_or_null|get_type|make_type|cast_to_type|replace_type|combine|finalize|to_aggregate_state)$/, // of binding
  /^(json|st_|variant|row_to_json|from_json|array_to_json|to_json|parse_duckdb_log|remap_struct|parse_formatted)/, // extensions
  /^(list|array)_(distinct|intersect|unique)$/, // in the order of a hash table
  /^(struct_keys)$/, // refuses what is no struct with a class of its own
  /^(kurtosis|skewness|kurtosis_pop|sem|mad|entropy)$/, // numerically unstable: digits depend on the order of summing
  /^(fill|row_number|rank|dense_rank|percent_rank|cume_dist|ntile|lag|lead|first_value|last_value|nth_value)$/, // windows ask for them
  /^(range|generate_series|repeat|array_resize|list_resize|bar|factorial|to_base|equi_width_bins|bitstring|bitstring_agg|lpad|rpad|printf|format|histogram)$/, // sizes: asked for with small arguments
];

/** Aggregates whose answer depends on the order of rows, or on which of equal values came first. */
export const orderedAggregates = /^(any_value|arbitrary|first|last|list|array_agg|string_agg|group_concat|listagg|arg_m|argm|max_by|min_by|mode)/;

/** Differences that are known; the pattern is looked for in the statement and in what was said of it. */
export const knownDifferences = [
  { pattern: /units "\w+" not recognized/, reason: "what has no such part is refused by Smew at once, by DuckDB with the first row" },
  { pattern: /\b(greatest|least)\b[^]*(INTERVAL|TIMETZ)/i, reason: "of equal values that look different (24 hours, 1 day) DuckDB takes neither the first nor the last" },
  { pattern: /\b(min|max|greatest|least|(list|array|arg)_\w+|max_by|min_by|quantile\w*|median|mode|histogram)\b[^]*(TIMETZ|(^|[ |'[])\d\d:\d\d:\d\d(\.\d+)?[-+]\d\d)/im, reason: "DuckDB's min, max and list_sort compare the bits of a TIMETZ; its < and ORDER BY compare instants" },
  { pattern: /argument types '\w+\(TIME/, reason: "what has no such part is refused by Smew at once" },
  { pattern: /^[^]*TransactionContext Error/, reason: "in an aborted transaction DuckDB still binds, and says what it finds" },
  { pattern: /Invalid type for BETWEEN/, reason: "Smew compares nested values there as well" },
  { pattern: /Period must be greater than 0|Month intervals cannot/, reason: "an error of a row that may not be asked for" },
  { pattern: /(isoyear|yearweek)[^]*\(BC\)/i, reason: "ICU's ISO years before Christ are garbage" },
  { pattern: /strftime format must be a constant|Empty format string|Substring (offset|length) outside of supported range/, reason: "Smew takes more" },
  { pattern: /violates (primary key|unique) constraint/, reason: "DuckDB looks for duplicates in the middle of a statement or transaction, Smew at its end" },
  { pattern: /can't be cast as UNION|STRUCT to STRUCT cast must have at least one/, reason: "refused by DuckDB also where no row is cast" },
  { pattern: /Casting value "[-.\d]+" to type DECIMAL\(38,\d+\) failed/, reason: "Smew compares decimals whose common type would have more digits" },
  { pattern: /^\d{15,} \|.*$[^]*TIMETZ|TIMETZ[^]*GROUP BY/m, reason: "DuckDB shows the bits of a TIMETZ that a subquery of GROUP BY gives" },
  { pattern: /, [^()]+\) (NOT )?IN \(SELECT/, reason: "where one column is NULL, DuckDB does not look whether another differs" },
  { pattern: /\badd\(\)|argument types '\+\([^,']*\[\]\)'/, reason: "DuckDB adds nothing, and lists to nothing" },
  { pattern: /enum_code\([^)]*NULL/, reason: "of NULL it is NULL, of whatever type" },
  { pattern: /Slice step cannot be zero/, reason: "DuckDB looks at it when there is something to step over" },
];
