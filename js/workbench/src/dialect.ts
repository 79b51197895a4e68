// SPDX-License-Identifier: MIT
//
// dialect.ts: DuckDB's words, for colours and for completion; those that quote a name are RESERVED.
import { SQLDialect } from "@codemirror/lang-sql";

const RESERVED_WORDS =
  "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default " +
  "deferrable desc describe distinct do else end except false fetch for foreign from group having in initially intersect " +
  "into lambda lateral leading limit not null offset on only or order pivot pivot_longer pivot_wider placing primary qualify " +
  "references returning select show some summarize symmetric table then to trailing true union unique unpivot using variadic " +
  "when where window with";

const OTHER_WORDS =
  "abort action add after alter always anti asof at attach authorization before begin between by call cascade checkpoint " +
  "commit conflict copy cross cube current cycle deallocate delete detach discard drop enum escape every exclude " +
  "excluding execute exists explain export filter following force full function generated glob global if ignore ilike " +
  "import including increment index inner insert install intersect interval is isnull join key left like load local " +
  "macro materialized maxvalue merge minvalue natural next no none nothing notnull nulls of ordinality others outer over " +
  "overlaps partition positional pragma preceding prepare read recursive rename replace reset respect restrict right " +
  "rollback rollup row rows schema semi set sets similar snapshot tablesample temp temporary ties transaction truncate " +
  "try_cast unbounded update use vacuum values view within without";

const TYPES =
  "bigint binary bit blob bool boolean bytea char date datetime decimal double float float4 float8 hugeint int int1 int2 int4 " +
  "int8 integer list long numeric real short smallint string text time timestamp timestamptz timetz tinyint ubigint uhugeint " +
  "uinteger usmallint utinyint uuid varbinary varchar";

export const RESERVED: ReadonlySet<string> = new Set(RESERVED_WORDS.split(" "));

export const DuckDialect = SQLDialect.define({
  keywords: `${RESERVED_WORDS} ${OTHER_WORDS}`,
  types: TYPES,
  doubleDollarQuotedStrings: true,
  caseInsensitiveIdentifiers: true,
  operatorChars: "+-*/<>=~!@%^&|",
  specialVar: "$",
});
